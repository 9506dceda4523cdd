import type { Clause } from "../clause.ts";
import { answers, checkHeads, committed, conflicts } from "./expectations.ts";

export const headsClauses: readonly Clause[] = [
  {
    id: "C-060",
    level: "MUST",
    area: "heads",
    title: "A version is a head until another version names it as its parent.",
    why: "The head is what everyone loads and works on.",
    rules: ["I2"],
    async run(t) {
      const storage = await t.open();
      let head = t.make.version();
      await committed(t, storage, { versions: [head] });
      for (let i = 0; i < 5; i++) {
        await checkHeads(t, storage, head.lineageId, [head], `the heads after ${i} forks`);
        head = t.make.version({ parent: head });
        await committed(t, storage, { versions: [head] });
      }
      await checkHeads(t, storage, head.lineageId, [head], "the heads at last");
    },
  },
  {
    id: "C-061",
    level: "MUST",
    area: "heads",
    title: "Two versions forked from one both stay heads, and so does a fork of an old version.",
    why: "Work of two writers is kept side by side; nothing is ever lost.",
    rules: ["F4", "C2"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const left = t.make.version({ parent: root });
      const right = t.make.version({ parent: root });
      const leftNext = t.make.version({ parent: left });
      const late = t.make.version({ parent: root });
      await committed(t, storage, { versions: [root] });
      await committed(t, storage, { versions: [left] });
      await committed(t, storage, { versions: [right] });
      await checkHeads(t, storage, root.lineageId, [left, right], "the heads after two forks");
      await committed(t, storage, { versions: [leftNext] });
      await checkHeads(t, storage, root.lineageId, [right, leftNext], "after one went on");
      await committed(t, storage, { versions: [late] });
      await checkHeads(t, storage, root.lineageId, [right, leftNext, late], "after a late fork");
    },
  },
  {
    id: "C-062",
    level: "MUST",
    area: "heads",
    title: "A merge ends both of its parents as heads.",
    why: "A merged branch that stays a head is merged again for ever.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const [ours, theirs] = [t.make.version({ parent: root }), t.make.version({ parent: root })];
      await committed(t, storage, { versions: [root, ours, theirs] });
      const merged = t.make.version({ parent: ours, mergedFrom: theirs });
      await committed(t, storage, { versions: [merged] });
      await checkHeads(t, storage, root.lineageId, [merged], "the heads after the merge");
    },
  },
  {
    id: "C-063",
    level: "MUST",
    area: "heads",
    title: "Heads are right for chains, branches and merges within one commit, in any order in it.",
    why: "An import brings a whole history at once.",
    async run(t) {
      const storage = await t.open();
      for (let round = 0; round < 6; round++) {
        const root = t.make.version();
        const [left, right] = [t.make.version({ parent: root }), t.make.version({ parent: root })];
        const merged = t.make.version({ parent: left, mergedFrom: right });
        const last = t.make.version({ parent: merged });
        const versions = t.random.shuffled([root, left, right, merged, last]);
        await committed(t, storage, { versions });
        await checkHeads(
          t,
          storage,
          root.lineageId,
          [last],
          "the heads of a history in one commit",
        );
      }
    },
  },
  {
    id: "C-064",
    level: "MUST",
    area: "heads",
    title:
      "Heads come by sequence, those of one commit in its order; neither ids nor times decide.",
    why: "Clocks go back and stand still; the latest version is the one that was committed last.",
    async run(t) {
      const storage = await t.open();
      const ids = Array.from({ length: 5 }, () => t.make.ecsId()).toReversed();
      const root = t.make.version();
      await committed(t, storage, { versions: [root] });
      const children = ids.map((ecsId, i) =>
        t.make.version({ ecsId, parent: root, createdAt: new Date(9e11 - i * 1000).toISOString() }),
      );
      await committed(t, storage, { versions: children.slice(0, 1) });
      await committed(t, storage, { versions: children.slice(1, 4) });
      await committed(t, storage, { versions: children.slice(4) });
      await checkHeads(t, storage, root.lineageId, children, "the heads, oldest commit first");
    },
  },
  {
    id: "C-065",
    level: "MUST",
    area: "heads",
    title:
      "heads answers in the order of the lineages asked, repeated ones repeated, and nothing for an unknown one.",
    why: "Callers match answers to lineages by position.",
    async run(t) {
      const storage = await t.open();
      const [one, two] = [t.make.version(), t.make.version()];
      const branch = t.make.version({ lineageId: two.lineageId });
      await committed(t, storage, { versions: [one, two, branch] });
      const asked = [two.lineageId, t.make.lineageId(), one.lineageId, two.lineageId];
      t.equal(
        await storage.heads(asked),
        [[two.ecsId, branch.ecsId], [], [one.ecsId], [two.ecsId, branch.ecsId]],
        "the heads as asked",
      );
      t.equal(await storage.heads([]), [], "no heads for no lineages");
    },
  },
  {
    id: "C-066",
    level: "MUST",
    area: "heads",
    title:
      "A version that is named as a parent by a version of another lineage is no head any more.",
    why: "A head is a version that no other one names as its parent, wherever that other one belongs.",
    async run(t) {
      const storage = await t.open();
      const [one, two, three] = [t.make.version(), t.make.version(), t.make.version()];
      await committed(t, storage, { versions: [one, two, three] });
      const other = t.make.version({ parent: one, mergedFrom: two, lineageId: t.make.lineageId() });
      await committed(t, storage, { versions: [other] });
      t.equal(
        await storage.heads([one, two, three, other].map(({ lineageId }) => lineageId)),
        [[], [], [three.ecsId], [other.ecsId]],
        "the heads of each lineage",
      );
      const late = t.make.commit({
        versions: [t.make.version({ parent: one })],
        mustBeHeads: [one],
      });
      await conflicts(t, storage, late, { heads: [[one.lineageId, []]] });
    },
  },
  {
    id: "C-067",
    level: "MUST",
    area: "heads",
    title: "In any mesh of forks and merges the heads are the versions that no other one names.",
    why: "Branches are merged with branches that were merged before.",
    rules: ["F4", "C2"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      await committed(t, storage, { versions: [root] });
      const versions = [root];
      for (let i = 0; i < 60; i++) {
        const [parent, mergedFrom] = t.random.shuffled(versions);
        const isMerge = t.random.chance(0.4) && versions.length > 1;
        const next = t.make.version({ parent, mergedFrom: isMerge ? mergedFrom : undefined });
        await committed(t, storage, { versions: [next] });
        versions.push(next);
        const named = new Set(versions.flatMap((v) => [v.parentId, v.mergedFromId]));
        const heads = versions.filter(({ ecsId }) => !named.has(ecsId));
        await checkHeads(t, storage, root.lineageId, heads, `the heads after ${i + 1} steps`);
        const query = { lineageId: root.lineageId, headsOnly: true };
        const { items } = await storage.versions(query, { limit: 100 });
        t.equal(
          items.map(({ ecsId }) => ecsId),
          heads.map(({ ecsId }) => ecsId),
          "the heads as they are listed",
        );
      }
    },
  },
  {
    id: "C-068",
    level: "MUST",
    area: "heads",
    title:
      "A version that is added later to a known commit takes that commit's place among the heads, after the commit's other ones.",
    why: "An import that brings an old branch must not make it the latest version.",
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const [first, second] = [t.make.version({ parent: root }), t.make.version({ parent: root })];
      const { commit } = await committed(t, storage, { versions: [root, first] });
      await committed(t, storage, { versions: [second] });
      const late = t.make.version({ parent: root });
      await answers(
        t,
        storage,
        t.make.commit({ header: commit.header, versions: [late] }),
        "committed",
      );
      await checkHeads(t, storage, root.lineageId, [first, late, second], "the heads");
      const next = t.make.version({ parent: second });
      await answers(
        t,
        storage,
        t.make.commit({ header: commit.header, versions: [next] }),
        "committed",
      );
      await checkHeads(
        t,
        storage,
        root.lineageId,
        [first, late, next],
        "the heads, one ended late",
      );
    },
  },
];
