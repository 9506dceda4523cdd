import type { Clause } from "../clause.ts";
import {
  answers,
  checkHeads,
  checkStored,
  committed,
  refused,
  retried,
  sequenceOf,
} from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const idempotenceClauses: readonly Clause[] = [
  {
    id: "C-040",
    level: "MUST",
    area: "idempotence",
    title:
      "The same commit again is answered already-committed with its sequence, and changes nothing.",
    why: "A caller whose connection broke cannot know whether its commit arrived: it repeats it.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base, lists: [[base]] });
      const { commit, sequence } = await committed(t, storage, {
        versions: [base, next],
        refMoves: [{ name: "main", to: next.ecsId, expected: null }],
      });
      const before = await visibleState(storage);
      for (const instance of [storage, await t.open()]) {
        const again = await answers(t, instance, commit, "already-committed");
        t.equal(again, sequence, "the sequence of a repeated commit");
        t.equal(await visibleState(instance), before, "what is stored after a repeated commit");
      }
    },
  },
  {
    id: "C-041",
    level: "MUST",
    area: "idempotence",
    title:
      "The same commit several times at once has one effect, and one caller is told committed.",
    why: "A retry may overtake the call that it repeats.",
    rules: ["C1"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < 10; round++) {
        const commit = t.make.commit({ versions: [t.make.version()] });
        const results = await Promise.all(
          [one, other, one, other].map((instance) => retried(instance, commit)),
        );
        const count = (status: string): number =>
          results.filter((result) => result.status === status).length;
        t.equal(count("committed"), 1, "how many of four are told committed");
        t.equal(count("already-committed"), 3, "how many of four are told already-committed");
        const sequences = new Set(results.map(sequenceOf));
        t.equal(sequences.size, 1, "the number of different sequences that they are told");
      }
      t.equal(
        await one.stats(),
        { versions: 10, lineages: 10, commits: 10 },
        "what is stored after all rounds",
      );
    },
  },
  {
    id: "C-042",
    level: "MUST",
    area: "idempotence",
    title: "A known commit id with versions still missing adds them, as versions of that commit.",
    why: "An import of one lineage after another meets the same commit in both.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const [one, two] = [t.make.version(), t.make.version()];
      const { commit, sequence } = await committed(t, storage, { versions: [one] });
      await committed(t, storage, { versions: [t.make.version()] });
      const { header } = commit;

      const dangling = t.make.version({ refs: [t.make.ecsId()] });
      const broken = t.make.commit({ header, versions: [two, dangling] });
      await refused(t, storage, broken, "MI_STORAGE_MISSING_VERSION", "a known commit");
      const whole = t.make.commit({ header, versions: [one, two] });
      t.equal(await answers(t, storage, whole, "committed"), sequence, "its sequence");
      await checkStored(t, storage, [one, two], commit, sequence);
      t.equal(await answers(t, storage, whole, "already-committed"), sequence, "its sequence");
      const stats = await storage.stats();
      t.equal(stats, { versions: 3, lineages: 3, commits: 2 }, "what is stored");
      const made = await storage.versions({ commitId: header.id }, { limit: 10 });
      t.equal(
        made.items.map(({ ecsId }) => ecsId),
        [one.ecsId, two.ecsId],
        "the versions of the commit",
      );
      const touched = await storage.commits({ lineageId: two.lineageId }, { limit: 10 });
      t.equal(
        touched.items.map(({ id }) => id),
        [header.id],
        "the commits of the lineage that was added",
      );
    },
  },
  {
    id: "C-043",
    level: "MUST",
    area: "idempotence",
    title: "Heads and refs of a known commit are neither checked nor moved again.",
    why: "Others may have gone on since: a retry must not fail for that, nor take their move back.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      await committed(t, storage, {
        versions: [base],
        refMoves: [{ name: "main", to: base.ecsId }],
      });
      const next = t.make.version({ parent: base });
      const { commit, sequence } = await committed(t, storage, {
        versions: [next],
        mustBeHeads: [base],
        refMoves: [
          { name: "main", to: next.ecsId, expected: base.ecsId },
          { name: "draft", to: next.ecsId },
        ],
      });
      const last = t.make.version({ parent: next });
      await committed(t, storage, {
        versions: [last],
        refMoves: [
          { name: "main", to: last.ecsId },
          { name: "draft", to: null },
        ],
      });
      const before = await visibleState(storage);
      const again = await answers(t, storage, commit, "already-committed");
      t.equal(again, sequence, "the sequence of the repeated commit");
      t.equal(await visibleState(storage), before, "what is stored after the repeated commit");
    },
  },
  {
    id: "C-044",
    level: "MUST",
    area: "idempotence",
    title: "A stored version in another commit is skipped and stays a version of its first commit.",
    why: "Imports and shared sub-entities send versions again that are there already.",
    rules: ["I1", "C1"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base, lists: [[base, base]] });
      const first = await committed(t, storage, { versions: [base, next] });
      const more = t.make.version({ parent: next });
      const second = await committed(t, storage, { versions: [next, more, base] });
      await checkStored(t, storage, [base, next], first.commit, first.sequence);
      await checkStored(t, storage, [more], second.commit, second.sequence);
      await checkHeads(t, storage, base.lineageId, [more], "the heads");
      await committed(t, storage, { versions: [base, next] });
      await checkHeads(
        t,
        storage,
        base.lineageId,
        [more],
        "the heads, after old versions came again",
      );
      const stats = await storage.stats();
      t.equal(stats, { versions: 3, lineages: 1, commits: 3 }, "what is stored");
    },
  },
];
