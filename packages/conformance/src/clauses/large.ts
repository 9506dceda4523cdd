import type { EcsId, EntityRecord } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { checkTree } from "./check-tree.ts";
import { checkHeads, committed, conflicts, membersOf } from "./expectations.ts";
import { edited, membersToUse } from "./list-members.ts";
import { allPages } from "./visible-state.ts";

export const largeClauses: readonly Clause[] = [
  {
    id: "C-360",
    level: "MUST",
    area: "large",
    title:
      "A list of 20,000 members is written, appended to, edited at its ends and in its middle, and read back.",
    why: "A conversation of years is one list.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const members = await membersToUse(t, storage, 20_000);
      const extra = await membersToUse(t, storage, 3);
      let record: EntityRecord = t.make.version({ lists: [members] });
      let expected: readonly EcsId[] = members;
      await committed(t, storage, { versions: [record] });
      for (const edits of [
        [{ at: 20_000, remove: 0, insert: extra.slice(0, 1) }],
        [{ at: 0, remove: 1, insert: extra.slice(1, 2) }],
        [
          { at: 5_000, remove: 2_000, insert: [] },
          { at: 12_345, remove: 0, insert: extra },
        ],
      ]) {
        const write = t.make.edited(record, [edits]);
        await committed(t, storage, { versions: [write], mustBeHeads: [record] });
        record = write.record;
        expected = edited(expected, edits);
        t.equal(await membersOf(t, storage, record), expected, "the list");
      }
    },
  },
  {
    id: "C-361",
    level: "MUST",
    area: "large",
    title: "readTree follows a chain of 5,000 references to its end, from any of its links.",
    why: "A recursive load overflows its stack on data that is deep by reference.",
    async run(t) {
      const storage = await t.open();
      const chain: EntityRecord[] = [];
      for (let i = 0; i < 5000; i++) chain.push(t.make.version({ refs: chain.slice(-1) }));
      await committed(t, storage, { versions: t.random.shuffled(chain) });
      await checkTree(t, storage, chain.slice(-1), chain);
      await checkTree(t, storage, chain.slice(2499, 2500), chain.slice(0, 2500));
    },
  },
  {
    id: "C-362",
    level: "MUST",
    area: "large",
    title:
      "A star of 5,000 versions around one is answered from each side, and stays as it was when its centre moves on.",
    why: "A system prompt is held by every thread there is.",
    rules: ["F1"],
    async run(t) {
      const storage = await t.open();
      const centre = t.make.version({ type: "Centre" });
      const rays = Array.from({ length: 5000 }, () => t.make.version({ refs: [centre] }));
      const holder = t.make.version({ refs: rays });
      await committed(t, storage, { versions: [centre, ...rays, holder] });
      const next = t.make.version({ parent: centre });
      await committed(t, storage, { versions: [next], mustBeHeads: [centre] });
      await checkTree(t, storage, [holder], [holder, centre, ...rays]);
      await checkTree(t, storage, rays.slice(0, 3), [centre, ...rays.slice(0, 3)]);
      t.equal((await storage.readTree([next.ecsId])).length, 1, "the tree of the new centre");
    },
  },
  {
    id: "C-363",
    level: "MUST",
    area: "large",
    title:
      "A lineage of 1,000 versions has one head, and its history is listed whole and in order.",
    why: "An entity that changes with every step of an agent has a long history.",
    rules: ["I2", "I5"],
    async run(t) {
      const storage = await t.open();
      let head: EntityRecord = t.make.version();
      const ids = [head.ecsId];
      await committed(t, storage, { versions: [head] });
      for (let i = 1; i < 1000; i++) {
        const next = t.make.version({ parent: head });
        await committed(t, storage, { versions: [next], mustBeHeads: [head] });
        head = next;
        ids.push(head.ecsId);
      }
      const { lineageId } = head;
      await checkHeads(t, storage, lineageId, [head], "the heads");
      const infos = await allPages((page) => storage.versions({ lineageId }, page), 400);
      t.equal(
        infos.map(({ ecsId }) => ecsId),
        ids,
        "the versions",
      );
      t.equal(
        infos.map(({ parentId }) => parentId),
        [null, ...ids.slice(0, -1)],
        "their parents",
      );
      const commits = await allPages((page) => storage.commits({ lineageId }, page), 400);
      t.equal(commits.length, 1000, "the number of commits");
    },
  },
  {
    id: "C-364",
    level: "MUST",
    area: "large",
    title:
      "A commit of 5,000 versions is one commit: all have its sequence, and pages show them in its order.",
    why: "An import of a year is one change, and is taken whole or not at all.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const roots = Array.from({ length: 2500 }, () => t.make.version());
      const versions = t.random.shuffled(
        roots.flatMap((root) => [root, t.make.version({ parent: root, refs: [root] })]),
      );
      const { commit, sequence } = await committed(t, storage, { versions });
      const query = { commitId: commit.header.id };
      const infos = await allPages((page) => storage.versions(query, page), 1500);
      t.equal(
        infos.map((info) => [info.ecsId, info.sequence]),
        versions.map(({ ecsId }) => [ecsId, sequence]),
        "the versions",
      );
      const heads = await allPages((page) => storage.versions({ headsOnly: true }, page), 1500);
      t.equal(heads.length, 2500, "the number of heads");
      const stats = { versions: 5000, lineages: 2500, commits: 1 };
      t.equal(await storage.stats(), stats, "the stats");
    },
  },
  {
    id: "C-365",
    level: "MUST",
    area: "large",
    title:
      "read takes 20,000 ids and heads 5,000 lineages in one call, repeated and unknown ones among them.",
    why: "Engines limit the variables of a statement; callers do not know those limits.",
    async run(t) {
      const storage = await t.open();
      const versions = Array.from({ length: 4000 }, () => t.make.version());
      await committed(t, storage, { versions });
      const asked = manyOf(t, versions, 20_000);
      const read = await storage.read(asked.map((version) => version.ecsId));
      const known = new Set(versions);
      t.equal(
        read.map((version) => version?.record.ecsId),
        asked.map((version) => (known.has(version) ? version.ecsId : undefined)),
        "the ids of the versions as asked",
      );
      const lineages = manyOf(t, versions, 5000);
      t.equal(
        await storage.heads(lineages.map(({ lineageId }) => lineageId)),
        lineages.map((version) => (known.has(version) ? [version.ecsId] : [])),
        "the heads as asked",
      );
    },
  },
  {
    id: "C-366",
    level: "MUST",
    area: "large",
    title:
      "All of 500 branches of one version are heads, in their order, and a conflict tells each of them.",
    why: "A search over answers branches wide.",
    rules: ["F4", "C2"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      await committed(t, storage, { versions: [root] });
      const branches = Array.from({ length: 500 }, () => t.make.version({ parent: root }));
      for (let i = 0; i < 500; i += 5)
        await committed(t, storage, { versions: branches.slice(i, i + 5) });
      await checkHeads(t, storage, root.lineageId, branches, "the heads");
      await conflicts(t, storage, t.make.commit({ mustBeHeads: [root] }), {
        heads: [[root.lineageId, branches]],
      });
      const [ours, theirs] = branches;
      const merged = t.make.version({ parent: ours, mergedFrom: theirs });
      await committed(t, storage, { versions: [merged] });
      const heads = [...branches.slice(2), merged];
      await checkHeads(t, storage, root.lineageId, heads, "the heads after a merge");
    },
  },
];

/** Some of the versions, with repeats, and some that are not stored. */
function manyOf(
  t: ClauseContext,
  versions: readonly EntityRecord[],
  count: number,
): readonly EntityRecord[] {
  return Array.from({ length: count }, (_, i) =>
    i % 50 === 0 ? t.make.version() : t.present(t.random.pick(versions), "a version"),
  );
}
