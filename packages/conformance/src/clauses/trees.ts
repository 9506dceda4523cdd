import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { checkTree } from "./check-tree.ts";
import { committed } from "./expectations.ts";

export const treeClauses: readonly Clause[] = [
  {
    id: "C-120",
    level: "MUST",
    area: "trees",
    title:
      "readTree answers the roots and all that they reach by references and lists, and nothing else.",
    why: "A tree that misses a node cannot be loaded; parents are history, no part of it.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const older = t.make.version();
      const leaf = t.make.version({ parent: older });
      const other = t.make.version({ refs: [leaf] });
      const member = t.make.version({ refs: [other] });
      const merged = t.make.version({ type: "Merged" });
      const root = t.make.version({
        lists: [[], [member]],
        mergedFrom: merged,
        refs: [leaf],
      });
      const holder = t.make.version({ refs: [root] });
      const all = [older, leaf, other, member, merged, root, holder];
      const { commit, sequence } = await committed(t, storage, { versions: all });
      await checkTree(t, storage, [root], [root, leaf, member, other]);
      await checkTree(t, storage, [leaf], [leaf]);
      const [version] = await storage.readTree([older.ecsId]);
      t.equal(version, { record: older, commitId: commit.header.id, sequence }, "a stored version");
    },
  },
  {
    id: "C-121",
    level: "MUST",
    area: "trees",
    title: "readTree answers each version once, however often it is reached or asked for.",
    why: "A shared sub-entity comes back as one object.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const shared = t.make.version();
      const left = t.make.version({ refs: [shared, shared] });
      const right = t.make.version({ lists: [[shared, shared]] });
      const top = t.make.version({ refs: [left], lists: [[right, left, shared]] });
      const second = t.make.version({ refs: [right, top] });
      await committed(t, storage, { versions: [shared, left, right, top, second] });
      await checkTree(t, storage, [top], [top, left, right, shared]);
      await checkTree(t, storage, [top, shared, top], [top, left, right, shared]);
      await checkTree(t, storage, [second, left], [second, top, left, right, shared]);
    },
  },
  {
    id: "C-122",
    level: "MUST",
    area: "trees",
    title:
      "readTree ends on cycles: on itself, between two, through a list, and through a thousand.",
    why: "Entities may hold each other; a load that never ends takes the process with it.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const me = t.make.ecsId();
      const selfHolder = t.make.version({ ecsId: me, refs: [me], lists: [[me]] });
      await committed(t, storage, { versions: [selfHolder] });
      await checkTree(t, storage, [selfHolder], [selfHolder]);
      const [one, two] = [t.make.ecsId(), t.make.ecsId()];
      const first = t.make.version({ ecsId: one, refs: [two] });
      const second = t.make.version({ ecsId: two, lists: [[one, two]] });
      await committed(t, storage, { versions: [first, second] });
      await checkTree(t, storage, [first], [first, second]);
      await checkTree(t, storage, [second], [first, second]);
      const ids = Array.from({ length: 1000 }, () => t.make.ecsId());
      const ring = ids.map((ecsId, i) =>
        t.make.version({ ecsId, refs: ids.slice(i - 1, i || undefined) }),
      );
      await committed(t, storage, { versions: ring });
      await checkTree(t, storage, ids.slice(500, 501), ring);
    },
  },
  {
    id: "C-123",
    level: "MUST",
    area: "trees",
    title: "readTree follows a chain of 2,000 versions to its end.",
    why: "A recursive load overflows its stack on data that is deep by reference.",
    async run(t) {
      const storage = await t.open();
      const chain: EntityRecord[] = [];
      for (let i = 0; i < 2000; i++) {
        const below = chain.slice(-1);
        chain.push(t.make.version(i % 2 === 0 ? { refs: below } : { lists: [below] }));
      }
      await committed(t, storage, { versions: chain });
      await checkTree(t, storage, chain.slice(-1), chain);
    },
  },
  {
    id: "C-124",
    level: "MUST",
    area: "trees",
    title: "readTree leaves out roots that are not stored, and answers nothing for no roots.",
    why: "Loading many where one is unknown gives the others.",
    async run(t) {
      const storage = await t.open();
      const leaf = t.make.version();
      const root = t.make.version({ refs: [leaf] });
      await committed(t, storage, { versions: [leaf, root] });
      await checkTree(t, storage, [t.make.ecsId(), root, t.make.ecsId()], [root, leaf]);
      await checkTree(t, storage, [t.make.ecsId()], []);
      await checkTree(t, storage, [], []);
    },
  },
  {
    id: "C-125",
    level: "MUST",
    area: "trees",
    title: "readTree answers a tree as wide as 5,000 members whole.",
    why: "Engines limit the variables of a statement; a wide tree must not meet that limit.",
    async run(t) {
      const storage = await t.open();
      const leaf = t.make.version({ type: "Usage" });
      const members = Array.from({ length: 5000 }, () => t.make.version({ refs: [leaf] }));
      const root = t.make.version({ lists: [members] });
      await committed(t, storage, { versions: [leaf, ...members, root] });
      await checkTree(t, storage, [root], [leaf, ...members, root]);
    },
  },
];
