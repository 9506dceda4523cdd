import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { checkTree } from "./check-tree.ts";
import { checkStored, committed } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const harnessClauses: readonly Clause[] = [
  {
    id: "C-001",
    level: "MUST",
    area: "harness",
    title: "A fresh medium is empty.",
    why: "What is left over from another run makes every other clause say nothing.",
    async run(t) {
      const storage = await t.open();
      t.equal(
        await visibleState(storage),
        {
          stats: { versions: 0, lineages: 0, commits: 0 },
          infos: [],
          versions: [],
          commits: [],
          refs: [],
          heads: new Map(),
        },
        "what a fresh medium shows",
      );
      t.equal(await storage.read([t.make.ecsId()]), [undefined], "a version that is not stored");
      t.equal(await storage.heads([t.make.lineageId()]), [[]], "the heads of an unknown lineage");
    },
  },
  {
    id: "C-002",
    level: "MUST",
    area: "harness",
    title: "Two media share nothing.",
    why: "Clauses that see each other's data fail and pass by accident.",
    async run(t) {
      const one = await t.open();
      const other = await t.open(await t.createMedium());
      const version = t.make.version();
      const before = await visibleState(other);
      await committed(t, one, {
        versions: [version],
        refMoves: [{ name: "main", to: version.ecsId }],
      });
      t.equal(await visibleState(other), before, "the other medium after a commit to the first");
    },
  },
  {
    id: "C-003",
    level: "MUST",
    area: "harness",
    title: "What one instance has committed, every other instance of the same medium sees.",
    why: "Two processes on one database have to agree on the heads before they can compete for them.",
    rules: ["M5"],
    async run(t) {
      const one = await t.open();
      const other = await t.open();
      const version = t.make.version();
      const { commit, sequence } = await committed(t, one, {
        versions: [version],
        refMoves: [{ name: "main", to: version.ecsId }],
      });
      await checkStored(t, other, [version], commit, sequence);
      t.equal(await visibleState(other), await visibleState(one), "what both instances show");
      const late = await t.open();
      t.equal(await visibleState(late), await visibleState(one), "what a later instance shows");
    },
  },
  {
    id: "C-004",
    level: "MUST",
    area: "harness",
    title: "A durable medium shows all that was committed after it was closed and opened again.",
    why: "A history that ends with the process is no history.",
    rules: ["I1"],
    needs: ["durable"],
    async run(t) {
      const first = await t.open();
      const member = t.make.version({ type: "Message" });
      const base = t.make.version({ lists: [[member]] });
      await committed(t, first, { versions: [member, base], header: { actor: "ada" } });
      const next = t.make.version();
      const grown = t.make.edited(base, [[{ at: 1, remove: 0, insert: [next.ecsId] }]]);
      await committed(t, first, {
        versions: [next, grown],
        refMoves: [{ name: "main", to: grown.record.ecsId }],
      });
      const before = await visibleState(first);
      await first.close();
      t.equal(await visibleState(await t.open()), before, "the medium after it was opened again");
    },
  },
  {
    id: "C-005",
    level: "MUST",
    area: "harness",
    title: "What one instance commits, the others see at once, also where they have looked before.",
    why: "An instance that remembers heads, refs, pages or what was not there works on a state of the past.",
    rules: ["M5"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      const name = "main";
      let parent: EntityRecord | undefined;
      for (let i = 0; i < 4; i++) {
        const [reader, writer] = i % 2 === 0 ? [one, other] : [other, one];
        const version = t.make.version({ parent });
        const { ecsId, lineageId } = version;
        await visibleState(reader);
        await reader.read([ecsId]);
        await reader.readTree([ecsId]);
        await reader.heads([lineageId]);
        const { commit, sequence } = await committed(t, writer, {
          versions: [version],
          refMoves: [{ name, to: ecsId, expected: parent?.ecsId ?? null }],
        });
        await checkStored(t, reader, [version], commit, sequence);
        await checkTree(t, reader, [version], [version]);
        t.equal(await reader.heads([lineageId]), [[ecsId]], "the heads");
        const { items } = await reader.refs({}, { limit: 5 });
        t.equal(items, [{ name, to: ecsId }], "the refs");
        t.equal(await visibleState(reader), await visibleState(writer), "all that they show");
        parent = version;
      }
    },
  },
  {
    id: "C-006",
    level: "MUST",
    area: "harness",
    title:
      "Eight instances that are opened on a fresh medium at once all open, and what one commits all of them see.",
    why: "Eight processes are started on an empty database by one deployment; each of them wants to make its tables.",
    rules: ["M5"],
    async run(t) {
      const instances = await Promise.all(Array.from({ length: 8 }, () => t.open()));
      const versions = instances.map(() => t.make.version());
      for (const [i, storage] of instances.entries())
        await committed(t, storage, { versions: versions.slice(i, i + 1) });
      for (const storage of instances) {
        const read = await storage.read(versions.map(({ ecsId }) => ecsId));
        t.equal(
          read.map((version) => version?.record),
          versions,
          "what an instance sees of the commits of all",
        );
        t.equal((await storage.stats()).commits, 8, "the number of commits that it sees");
      }
    },
  },
];
