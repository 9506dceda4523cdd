import { MiError } from "@mi/ecs";
import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import {
  answers,
  checkHeads,
  checkStored,
  committed,
  conflicts,
  membersOf,
  refused,
} from "./expectations.ts";
import { reopened } from "./reopened.ts";
import { visibleState } from "./visible-state.ts";

export const instanceClauses: readonly Clause[] = [
  {
    id: "C-264",
    level: "MUST",
    area: "lifecycle",
    title:
      "A close during a commit lets the commit end: committed and there whole, or a typed error and the same commit is taken later.",
    why: "A program that shuts down must not leave half a commit, nor a promise that never settles.",
    rules: ["C1"],
    async run(t) {
      const other = await t.open();
      for (let round = 0; round < 10; round++) {
        const storage = await t.open();
        const leaf = t.make.version();
        const versions = [leaf, t.make.version({ lists: [[leaf]] }), t.make.version()];
        const commit = t.make.commit({ versions });
        const [outcome] = await Promise.allSettled([storage.commit(commit), storage.close()]);
        if (outcome.status === "rejected")
          t.ok(MiError.is(outcome.reason), "the error of a commit that met a close is typed");
        const stored = (await other.read(versions.map(({ ecsId }) => ecsId))).filter(
          (version) => version !== undefined,
        );
        const isWhole = stored.length === versions.length;
        t.ok(isWhole || stored.length === 0, `of 3 versions, ${stored.length} are stored`);
        t.ok(isWhole || outcome.status === "rejected", "what was answered committed is there");
        const sequence = await answers(
          t,
          other,
          commit,
          isWhole ? "already-committed" : "committed",
        );
        await checkStored(t, other, versions, commit, sequence);
      }
    },
  },
  {
    id: "C-265",
    level: "MUST",
    area: "lifecycle",
    title: "Reads that a close overtakes answer what is right or reject with MI_STORAGE_CLOSED.",
    why: "An empty answer from a store that is closing looks like lost data.",
    async run(t) {
      const first = await t.open();
      const leaf = t.make.version();
      const root = t.make.version({ lists: [[leaf]] });
      await committed(t, first, {
        versions: [leaf, root],
        refMoves: [{ name: "main", to: root.ecsId }],
      });
      for (let round = 0; round < 5; round++) {
        const storage = await t.open();
        const page = { limit: 10 };
        const counts = [
          storage.read([leaf.ecsId, root.ecsId]).then((read) => read.filter(Boolean).length),
          storage.readTree([root.ecsId]).then((tree) => tree.length),
          storage.heads([leaf.lineageId, root.lineageId]).then((heads) => heads.flat().length),
          storage.versions({}, page).then(({ items }) => items.length),
          storage.refs({}, page).then(({ items }) => items.length + 1),
          storage.stats().then(({ versions }) => versions),
        ];
        const outcomes = await Promise.allSettled([...counts, storage.close().then(() => 2)]);
        const shown = outcomes.map((outcome) => {
          if (outcome.status === "fulfilled") return outcome.value;
          const error: unknown = outcome.reason;
          return MiError.is(error) && error.code === "MI_STORAGE_CLOSED" ? 2 : error;
        });
        t.equal(shown, [2, 2, 2, 2, 2, 2, 2], "what each read answered, 2 being right or closed");
      }
    },
  },
  {
    id: "C-266",
    level: "MUST",
    area: "lifecycle",
    title:
      "Fifty instances opened, used and closed one after the other leave the medium as good as new.",
    why: "A connection or a lock that each one leaves behind ends the service on a busy day.",
    async run(t) {
      const lasting = await t.open();
      let head = t.make.version();
      await committed(t, lasting, { versions: [head] });
      for (let i = 0; i < 50; i++) {
        const storage = await t.open();
        const next = t.make.version({ parent: head });
        await committed(t, storage, { versions: [next], mustBeHeads: [head] });
        await storage.close();
        head = next;
      }
      await checkHeads(t, lasting, head.lineageId, [head], "the heads that a lasting one sees");
      await committed(t, lasting, { versions: [t.make.version({ parent: head })] });
      t.equal((await lasting.stats()).versions, 52, "the number of versions");
    },
  },
  {
    id: "C-267",
    level: "MUST",
    area: "lifecycle",
    title:
      "clear does nothing to an empty medium, also again and again, and the medium works after it.",
    why: "Tests clear before and after.",
    async run(t) {
      const storage = await t.open();
      const empty = await visibleState(storage);
      for (let i = 0; i < 3; i++) {
        await storage.clear();
        await storage.clear();
        t.equal(await visibleState(storage), empty, "what an empty medium shows");
        const base = t.make.version();
        await committed(t, storage, { versions: [base] });
        await committed(t, storage, {
          versions: [t.make.version({ parent: base })],
          mustBeHeads: [base],
        });
        t.equal((await storage.stats()).versions, 2, "the number of versions");
      }
    },
  },
  {
    id: "C-268",
    level: "MUST",
    area: "lifecycle",
    title:
      "An instance that takes over goes on where the one before it ended: the same state, the next sequence, the same conflicts.",
    why: "Deploying a new version of a program is a change of instances.",
    async run(t) {
      let storage = await t.open();
      let head = t.make.version();
      let last = 0;
      const name = "main";
      await committed(t, storage, { versions: [head], refMoves: [{ name, to: head.ecsId }] });
      for (let i = 0; i < 8; i++) {
        const before = await visibleState(storage);
        storage = await reopened(t, storage);
        t.equal(await visibleState(storage), before, "what the next instance shows");
        const next = t.make.version({ parent: head });
        const { sequence } = await committed(t, storage, {
          versions: [next],
          mustBeHeads: [head],
          refMoves: [{ name, to: next.ecsId, expected: head.ecsId }],
        });
        t.ok(sequence > last, `sequence ${sequence} is greater than ${last}`);
        last = sequence;
        await conflicts(t, storage, t.make.commit({ mustBeHeads: [head] }), {
          heads: [[head.lineageId, [next]]],
        });
        head = next;
      }
    },
  },
  {
    id: "C-269",
    level: "MUST",
    area: "lifecycle",
    title:
      "A list that each instance grows by one, from a version that another one wrote, is right in all versions.",
    why: "What an instance remembers of its lists must not be all that there is.",
    rules: ["M5"],
    async run(t) {
      let storage = await t.open();
      let version: EntityRecord = t.make.version({ lists: [[]] });
      await committed(t, storage, { versions: [version] });
      const versions = [version];
      const members = [];
      for (let at = 0; at < 40; at++) {
        if (at % 4 === 0) storage = await reopened(t, storage);
        const member = t.make.version({ type: "Message" });
        const write = t.make.edited(version, [[{ at, remove: 0, insert: [member.ecsId] }]]);
        await committed(t, storage, { versions: [member, write] });
        version = write.record;
        versions.push(version);
        members.push(member.ecsId);
      }
      storage = await reopened(t, storage);
      for (const [length, record] of versions.entries())
        t.equal(
          await membersOf(t, storage, record),
          members.slice(0, length),
          `the list of version ${length}`,
        );
    },
  },
  {
    id: "C-270",
    level: "MUST",
    area: "lifecycle",
    title:
      "stats counts what the listings show, after repeats, late versions, conflicts, refusals and a change of instances.",
    why: "Two answers to one question are one too many.",
    async run(t) {
      let storage = await t.open();
      const base = t.make.version();
      const { commit } = await committed(t, storage, { versions: [base, t.make.version()] });
      await committed(t, storage, { versions: [t.make.version({ parent: base }), base] });
      await storage.commit(commit);
      await answers(
        t,
        storage,
        t.make.commit({ header: commit.header, versions: [t.make.version()] }),
        "committed",
      );
      await storage.commit(t.make.commit({ versions: [t.make.version()], mustBeHeads: [base] }));
      const dangling = t.make.commit({ versions: [t.make.version({ refs: [t.make.ecsId()] })] });
      await refused(t, storage, dangling, "MI_STORAGE_MISSING_VERSION", "a dangling reference");
      for (let i = 0; i < 2; i++) {
        const { stats, infos, commits } = await visibleState(storage);
        const lineages = new Set(infos.map(({ lineageId }) => lineageId)).size;
        t.equal(
          stats,
          { versions: infos.length, lineages, commits: commits.length },
          "the stats beside the listings",
        );
        t.equal(stats, { versions: 4, lineages: 3, commits: 2 }, "the stats");
        storage = await reopened(t, storage);
      }
    },
  },
];
