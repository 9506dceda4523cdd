import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { committed } from "./expectations.ts";
import { checkTree } from "./check-tree.ts";

export const graphShapeClauses: readonly Clause[] = [
  {
    id: "C-126",
    level: "MUST",
    area: "trees",
    title:
      "Two roots share a version; when one of them moves on, the tree of the other is as it was.",
    why: "One prompt serves many threads; editing it in one of them is no edit of the others.",
    rules: ["F1", "I3"],
    async run(t) {
      const storage = await t.open();
      const shared = t.make.version();
      const [one, other] = [
        t.make.version({ refs: [shared] }),
        t.make.version({ lists: [[shared]] }),
      ];
      await committed(t, storage, { versions: [shared, one, other] });
      const changed = t.make.version({ parent: shared });
      const next = t.make.version({ parent: one, refs: [changed] });
      await committed(t, storage, { versions: [changed, next], mustBeHeads: [shared, one] });
      await checkTree(t, storage, [other], [other, shared]);
      await checkTree(t, storage, [one], [one, shared]);
      await checkTree(t, storage, [next], [next, changed]);
      await checkTree(t, storage, [next, other], [next, changed, other, shared]);
    },
  },
  {
    id: "C-127",
    level: "MUST",
    area: "trees",
    title:
      "A version that moves from one holder to another in one commit is in one tree before and in the other after.",
    why: "A message is moved to another thread without being in both or in none.",
    async run(t) {
      const storage = await t.open();
      const [moved, left, right] = [t.make.version(), t.make.version(), t.make.version()];
      const from = t.make.version({ lists: [[left, moved]] });
      const to = t.make.version({ lists: [[right]] });
      await committed(t, storage, { versions: [moved, left, right, from, to] });
      const fromNext = t.make.edited(from, [[{ at: 1, remove: 1, insert: [] }]]);
      const toNext = t.make.edited(to, [[{ at: 1, remove: 0, insert: [moved.ecsId] }]]);
      await committed(t, storage, { versions: [fromNext, toNext], mustBeHeads: [from, to] });
      await checkTree(t, storage, [from], [from, left, moved]);
      await checkTree(t, storage, [to], [to, right]);
      await checkTree(t, storage, [fromNext.record], [fromNext.record, left]);
      await checkTree(t, storage, [toNext.record], [toNext.record, right, moved]);
    },
  },
  {
    id: "C-128",
    level: "MUST",
    area: "trees",
    title: "Several roots on one cycle, and two cycles that cross, are answered once each.",
    why: "Agents hold their threads, and threads their agents.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const [a, b, c, d] = [t.make.ecsId(), t.make.ecsId(), t.make.ecsId(), t.make.ecsId()];
      const versions = [
        t.make.version({ ecsId: a, refs: [b] }),
        t.make.version({ ecsId: b, lists: [[c, a]] }),
        t.make.version({ ecsId: c, refs: [d, b] }),
        t.make.version({ ecsId: d, lists: [[b], [d, c]] }),
      ];
      await committed(t, storage, { versions });
      for (const roots of [[a], [c, a], [a, b, c, d], [d, d]])
        await checkTree(t, storage, roots, versions);
    },
  },
  {
    id: "C-129",
    level: "MUST",
    area: "trees",
    title:
      "A tree holds exactly the versions that were bound, older ones too, and several of one lineage side by side.",
    why: "What a model was asked is told by the versions of then, not by the newest.",
    rules: ["F4", "I1"],
    async run(t) {
      const storage = await t.open();
      const first = t.make.version();
      const second = t.make.version({ parent: first });
      const third = t.make.version({ parent: second });
      const root = t.make.version({ refs: [first], lists: [[second, first]] });
      await committed(t, storage, { versions: [first, second, third, root] });
      await checkTree(t, storage, [root], [root, first, second]);
      const next = t.make.version({ parent: root, refs: [root, third] });
      await committed(t, storage, { versions: [next] });
      await checkTree(t, storage, [next], [next, root, third, second, first]);
    },
  },
  {
    id: "C-130",
    level: "MUST",
    area: "trees",
    title: "A tower of 40 diamonds, with 2^40 ways through it, is answered with its 121 versions.",
    why: "A load that follows every way, and not every version, does not end.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const versions: EntityRecord[] = [t.make.version()];
      for (let i = 0; i < 40; i++) {
        const below = versions.slice(-1);
        const sides = [t.make.version({ refs: below }), t.make.version({ lists: [below] })];
        versions.push(...sides, t.make.version({ refs: sides, lists: [sides] }));
      }
      await committed(t, storage, { versions });
      await checkTree(t, storage, versions.slice(-1), versions);
    },
  },
  {
    id: "C-131",
    level: "MUST",
    area: "trees",
    title:
      "A version may hold its own parent, and versions may hold their successors in one commit.",
    why: "A summary holds the thread that it summarises, which goes on from it.",
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      await committed(t, storage, { versions: [base] });
      const nextId = t.make.ecsId();
      const holder = t.make.version({ parent: base, refs: [base], lists: [[nextId]] });
      const next = t.make.version({ ecsId: nextId, parent: holder, refs: [holder, base] });
      await committed(t, storage, { versions: [next, holder] });
      await checkTree(t, storage, [holder], [holder, base, next]);
      await checkTree(t, storage, [next], [holder, base, next]);
      t.equal(await storage.heads([base.lineageId]), [[nextId]], "the heads");
    },
  },
];
