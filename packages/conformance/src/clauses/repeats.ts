import { RefList } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { writeOf } from "../fixtures/fixtures.ts";
import { answers, checkHeads, checkStored, committed } from "./expectations.ts";
import { exportedCommits, exportedLineage, withoutSequences } from "./exported.ts";
import { reopened } from "./reopened.ts";
import { visibleState } from "./visible-state.ts";

export const repeatClauses: readonly Clause[] = [
  {
    id: "C-045",
    level: "MUST",
    area: "idempotence",
    title: "A commit is known in every later instance of its medium.",
    why: "The retry often comes from the process that was started after the one that broke.",
    rules: ["C1"],
    async run(t) {
      let storage = await t.open();
      const version = t.make.version();
      const { commit, sequence } = await committed(t, storage, {
        versions: [version, t.make.version({ parent: version })],
        refMoves: [{ name: "main", to: version.ecsId, expected: null }],
      });
      const before = await visibleState(storage);
      for (let i = 0; i < 3; i++) {
        storage = await reopened(t, storage);
        const again = await answers(t, storage, commit, "already-committed");
        t.equal(again, sequence, "the sequence of the repeated commit");
      }
      t.equal(await visibleState(storage), before, "what is stored");
    },
  },
  {
    id: "C-046",
    level: "MUST",
    area: "idempotence",
    title:
      "A repeated commit is known whatever the order of its versions, their hints, and the class of their lists.",
    why: "It may come from an export, which knows the content and nothing of how it was written first.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const ids = Array.from({ length: 40 }, () => t.make.version());
      const base = t.make.version({ lists: [ids.slice(0, 38)] });
      await committed(t, storage, { versions: [...ids, base] });
      const append = { at: 38, remove: 0, insert: ids.slice(38).map(({ ecsId }) => ecsId) };
      const next = t.make.edited(base, [[append]]);
      const other = t.make.version({ refs: [next.record] });
      const { commit, sequence } = await committed(t, storage, { versions: [next, other] });
      const before = await visibleState(storage);
      const lists = next.record.lists.map((list) => RefList.from([...list]));
      const rebuilt = { ...next.record, refs: [...next.record.refs], lists };
      for (const versions of [
        [writeOf(other), next],
        [writeOf(next.record), writeOf(other)],
        [writeOf(other), writeOf(rebuilt), writeOf(other)],
      ]) {
        const again = await answers(t, storage, { ...commit, versions }, "already-committed");
        t.equal(again, sequence, "the sequence of the repeated commit");
      }
      t.equal(await visibleState(storage), before, "what is stored");
    },
  },
  {
    id: "C-047",
    level: "MUST",
    area: "idempotence",
    title: "A part of a known commit, or its header alone, is answered already-committed.",
    why: "An import of one lineage brings only the part of each commit that concerns it.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const versions = [t.make.version(), t.make.version(), t.make.version()];
      const { commit, sequence } = await committed(t, storage, { versions });
      const before = await visibleState(storage);
      for (const part of [versions.slice(1), versions.slice(0, 1), []]) {
        const repeat = t.make.commit({ header: commit.header, versions: part });
        const again = await answers(t, storage, repeat, "already-committed");
        t.equal(again, sequence, "the sequence of a part");
      }
      t.equal(await visibleState(storage), before, "what is stored");
      await checkStored(t, storage, versions, commit, sequence);
    },
  },
  {
    id: "C-048",
    level: "MUST",
    area: "idempotence",
    title:
      "A known commit that comes with other heads or other ref moves checks and moves none of them.",
    why: "Only the header and the versions are kept; what a commit did to refs is over when it is done.",
    async run(t) {
      const storage = await t.open();
      const version = t.make.version();
      const { commit, sequence } = await committed(t, storage, { versions: [version] });
      await committed(t, storage, { versions: [t.make.version({ parent: version })] });
      const before = await visibleState(storage);
      const repeat = t.make.commit({
        header: commit.header,
        versions: [version],
        mustBeHeads: [version],
        refMoves: [
          { name: "main", to: version.ecsId },
          { name: "draft", to: version.ecsId, expected: version.ecsId },
        ],
      });
      const again = await answers(t, storage, repeat, "already-committed");
      t.equal(again, sequence, "the sequence of the repeated commit");
      t.equal(await visibleState(storage), before, "what is stored");
    },
  },
  {
    id: "C-049",
    level: "MUST",
    area: "idempotence",
    title:
      "The commits of one medium, brought into another one, give the same versions, commits and heads; brought again they change nothing.",
    why: "Export and import are how data moves between backends, and a broken import is started again.",
    rules: ["C1"],
    async run(t) {
      const [from, to] = [await t.open(), await t.open(await t.createMedium())];
      await someLineages(t, from);
      for (let time = 0; time < 2; time++) {
        for (const commit of await exportedCommits(from)) {
          const status = time === 0 ? "committed" : "already-committed";
          await answers(t, to, commit, status);
        }
        t.equal(
          withoutSequences(await visibleState(to)),
          withoutSequences({ ...(await visibleState(from)), refs: [] }),
          `what is there after import ${time + 1}`,
        );
      }
    },
  },
  {
    id: "C-050",
    level: "MUST",
    area: "idempotence",
    title: "Lineages brought in one after the other share their commits again, each version once.",
    why: "A commit that changed two entities is one commit, whichever of them comes first.",
    rules: ["C1"],
    async run(t) {
      const [from, to] = [await t.open(), await t.open(await t.createMedium())];
      const lineages = await someLineages(t, from);
      for (const lineage of [...lineages, ...lineages])
        for (const commit of await exportedLineage(from, lineage)) await to.commit(commit);
      const [source, copy] = [await visibleState(from), await visibleState(to)];
      t.equal(copy.stats, source.stats, "the stats");
      const bySomeOrder = (state: typeof source): unknown =>
        withoutSequences(state)
          .versions.map((version) => ({ id: version.record.ecsId, version }))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      t.equal(bySomeOrder(copy), bySomeOrder(source), "the versions and their commits, by id");
      for (const lineage of lineages) {
        const commits = async (storage: EntityStorage): Promise<unknown> => {
          const { items } = await storage.commits({ lineageId: lineage }, { limit: 100 });
          return items.map(({ id }) => id).toSorted();
        };
        t.equal(await commits(to), await commits(from), "the commits of a lineage, by id");
      }
    },
  },
  {
    id: "C-051",
    level: "MUST",
    area: "idempotence",
    title:
      "The first commit, repeated after 150 others, is answered already-committed with its sequence.",
    why: "A queue may bring a message again after hours; no commit is old enough to be forgotten.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const { commit, sequence } = await committed(t, storage, { versions: [t.make.version()] });
      const bare = await committed(t, storage, {});
      for (let i = 0; i < 150; i++) await committed(t, storage, { versions: [t.make.version()] });
      const stats = await storage.stats();
      for (const instance of [storage, await t.open()]) {
        for (const first of [{ commit, sequence }, bare]) {
          const again = await answers(t, instance, first.commit, "already-committed");
          t.equal(again, first.sequence, "the sequence of the repeated commit");
        }
        t.equal(await instance.stats(), stats, "what is stored");
      }
    },
  },
  {
    id: "C-052",
    level: "MUST",
    area: "idempotence",
    title:
      "Two media that went on differently from one history come together in a third, which has what both have, each once, and both branches as heads.",
    why: "Two laptops that worked offline bring their work to one database.",
    rules: ["C1", "F4"],
    async run(t) {
      const [left, right] = [await t.open(), await t.open(await t.createMedium())];
      const root = t.make.version();
      const origin = await committed(t, left, { versions: [root, t.make.version()] });
      await answers(t, right, origin.commit, "committed");
      const ours = t.make.version({ parent: root });
      const theirs = t.make.version({ parent: root });
      await committed(t, left, { versions: [ours], mustBeHeads: [root] });
      await committed(t, right, { versions: [theirs, t.make.version()], mustBeHeads: [root] });
      const exports = [await exportedCommits(left), await exportedCommits(right)];
      for (const order of [exports, exports.toReversed()]) {
        const to = await t.open(await t.createMedium());
        for (const commit of order.flat()) await to.commit(commit);
        const stats = { versions: 5, lineages: 3, commits: 3 };
        t.equal(await to.stats(), stats, "what the third one has");
        const branches = order === exports ? [ours, theirs] : [theirs, ours];
        await checkHeads(t, to, root.lineageId, branches, "the heads where they parted");
        for (const commit of exports.flat()) await answers(t, to, commit, "already-committed");
        t.equal(await to.stats(), stats, "what it has after both were brought again");
      }
    },
  },
];

/** Three lineages with branches, a merge and commits that they share; holders after what they hold. */
async function someLineages(
  t: Parameters<Clause["run"]>[0],
  storage: EntityStorage,
): Promise<readonly ReturnType<typeof t.make.lineageId>[]> {
  const leaf = t.make.version({ type: "Leaf" });
  await committed(t, storage, { versions: [leaf], header: { actor: "ada" } });
  const branches = [t.make.version({ parent: leaf }), t.make.version({ parent: leaf })];
  const list = t.make.version({ type: "List", lists: [[leaf, ...branches]] });
  await committed(t, storage, {
    versions: [list, ...branches],
    header: { reason: "two branches" },
  });
  const [ours, theirs] = branches;
  const merged = t.make.version({ parent: ours, mergedFrom: theirs });
  const grown = t.make.edited(list, [[{ at: 3, remove: 0, insert: [merged.ecsId] }]]);
  const root = t.make.version({ type: "Root", refs: [grown.record] });
  await committed(t, storage, { versions: [root, grown, merged], header: { cause: leaf.ecsId } });
  await committed(t, storage, {
    versions: [t.make.version({ parent: list, lists: [[]] })],
    refMoves: [{ name: "main", to: root.ecsId }],
  });
  return [leaf.lineageId, list.lineageId, root.lineageId];
}
