import type { EntityStorage } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { checkHeads, checkStored, committed } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const lifecycleClauses: readonly Clause[] = [
  {
    id: "C-260",
    level: "MUST",
    area: "lifecycle",
    title: "After close every method rejects with MI_STORAGE_CLOSED, and close again does nothing.",
    why: "A call that is late by a moment should say so, not hang or write.",
    async run(t) {
      const storage = await t.open();
      const version = t.make.version();
      await committed(t, storage, { versions: [version] });
      await storage.close();
      await storage.close();
      const { ecsId, lineageId } = version;
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        commit: () => storage.commit(t.make.commit({ versions: [t.make.version()] })),
        read: () => storage.read([ecsId]),
        readTree: () => storage.readTree([ecsId]),
        heads: () => storage.heads([lineageId]),
        versions: () => storage.versions({}, { limit: 1 }),
        commits: () => storage.commits({}, { limit: 1 }),
        refs: () => storage.refs({}, { limit: 1 }),
        stats: () => storage.stats(),
        clear: () => storage.clear(),
      };
      for (const [name, call] of Object.entries(calls))
        await t.rejects(call, "MI_STORAGE_CLOSED", `${name} after close`);
      await storage.close();
    },
  },
  {
    id: "C-261",
    level: "MUST",
    area: "lifecycle",
    title: "Closing one instance leaves the others on the same medium at work.",
    why: "Instances come and go; the data belongs to none of them.",
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      const version = t.make.version();
      const { commit, sequence } = await committed(t, one, { versions: [version] });
      await one.close();
      await checkStored(t, other, [version], commit, sequence);
      await committed(t, other, { versions: [t.make.version({ parent: version })] });
    },
  },
  {
    id: "C-262",
    level: "MUST",
    area: "lifecycle",
    title: "clear deletes everything, in all instances, and what was there may be written anew.",
    why: "Tests and imports start over; an id that is left behind refuses its own data.",
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      const empty = await visibleState(one);
      const version = t.make.version();
      const init = {
        header: t.make.header(),
        versions: [version, t.make.version({ parent: version, lists: [[version]] })],
        refMoves: [{ name: "main", to: version.ecsId, expected: null }],
      };
      await committed(t, one, init);
      const before = await visibleState(one);
      t.equal(await visibleState(other), before, "what the other instance shows before clear");
      await other.readTree([version.ecsId]);
      const strip = ({ stats, refs, heads }: typeof before) => ({ stats, refs, heads });
      await one.clear();
      for (const storage of [one, other]) {
        t.equal(await visibleState(storage), empty, "what an instance shows after clear");
        t.equal(await storage.read([version.ecsId]), [undefined], "a version from before clear");
        t.equal(await storage.readTree([version.ecsId]), [], "a tree from before clear");
        await checkHeads(
          t,
          storage,
          version.lineageId,
          [],
          "the heads of a lineage from before clear",
        );
      }
      await committed(t, other, init);
      t.equal(strip(await visibleState(one)), strip(before), "the same data, written again");
    },
  },
  {
    id: "C-263",
    level: "MUST",
    area: "lifecycle",
    title: "stats counts versions, lineages and commits.",
    why: "It is what status pages and clean-up jobs go by.",
    async run(t) {
      const storage: EntityStorage = await t.open();
      const base = t.make.version();
      await committed(t, storage, { versions: [base, t.make.version({ parent: base })] });
      await committed(t, storage, { versions: [base, t.make.version()] });
      await committed(t, storage, { refMoves: [{ name: "main", to: base.ecsId }] });
      t.equal(await storage.stats(), { versions: 3, lineages: 2, commits: 3 }, "the stats");
    },
  },
];
