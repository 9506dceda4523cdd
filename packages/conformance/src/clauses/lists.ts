import type { RefList } from "@mi/ecs";
import type { EcsId, EntityRecord, ListEdit, VersionWrite } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { idOf } from "../fixtures/fixtures.ts";
import { committed, membersOf } from "./expectations.ts";
import { edited, keptOrRefused, membersToUse } from "./list-members.ts";

export const listClauses: readonly Clause[] = [
  {
    id: "C-100",
    level: "MUST",
    area: "lists",
    title:
      "Each list of a record is read back as a RefList with the same members in the same order, repeated and no members included.",
    why: "The order of a conversation is its content.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const [a, b, c] = [t.make.version(), t.make.version(), t.make.version()];
      const lists = [[c, a, b], [], [a, a, a], [a, b, c], [b]].map((list) => list.map(idOf));
      const version = t.make.version({ lists });
      await committed(t, storage, { versions: [a, b, c, version] });
      const [stored] = await storage.read([version.ecsId]);
      t.equal(
        stored?.record.lists.map((list) => [...list]),
        lists,
        "the members of each list",
      );
      const list = t.present(stored?.record.lists[0], "the first list");
      const ids = [c, a, b].map(idOf);
      t.equal(list.length, 3, "its length");
      t.equal(
        [0, 2, 3, -1].map((i) => list.at(i)),
        [ids[0], ids[2], undefined, undefined],
        "at",
      );
      t.equal(list.slice(0, 2), ids.slice(0, 2), "the first two members");
      t.equal(list.slice(1, 9), ids.slice(1), "all but the first member");
      t.equal(list.slice(3, 4), [], "the members after the last");
    },
  },
  {
    id: "C-101",
    level: "MUST",
    area: "lists",
    title: "A list that grows by one from version to version is right in every version of it.",
    why: "This is a conversation; each of its turns can be loaded again.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const members = await membersToUse(t, storage, 200);
      let version = t.make.version({ lists: [[]] });
      await committed(t, storage, { versions: [version] });
      const versions = [version];
      for (const [at, id] of members.entries()) {
        const write = t.make.edited(version, [[{ at, remove: 0, insert: [id] }]]);
        await committed(t, storage, { versions: [write], mustBeHeads: [version] });
        version = write.record;
        versions.push(version);
      }
      for (const index of [
        0,
        1,
        31,
        32,
        33,
        200,
        ...Array.from({ length: 20 }, () => t.random.below(201)),
      ]) {
        t.equal(
          await membersOf(t, storage, t.present(versions[index], `version ${index}`)),
          members.slice(0, index),
          `the list of version ${index}`,
        );
      }
    },
  },
  {
    id: "C-102",
    level: "MUST",
    area: "lists",
    title: "Members inserted, removed and replaced anywhere in a list give the right list.",
    why: "Messages are edited in the middle of a thread, not only added at its end.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 120);
      const fresh = ids.slice(100);
      let base = t.make.version({ lists: [ids.slice(0, 100)] });
      await committed(t, storage, { versions: [base] });
      const steps: readonly (readonly ListEdit[])[] = [
        [{ at: 0, remove: 0, insert: fresh.slice(0, 1) }],
        [{ at: 0, remove: 1, insert: [] }],
        [{ at: 99, remove: 1, insert: fresh.slice(1, 2) }],
        [{ at: 50, remove: 1, insert: fresh.slice(2, 3) }],
        [{ at: 33, remove: 0, insert: fresh.slice(3, 9) }],
        [{ at: 20, remove: 40, insert: fresh.slice(9, 11) }],
        [
          { at: 1, remove: 1, insert: fresh.slice(11, 12) },
          { at: 10, remove: 3, insert: [] },
          { at: 40, remove: 0, insert: fresh.slice(12, 15) },
          { at: 60, remove: 2, insert: fresh.slice(15, 16) },
        ],
        [],
        [{ at: 0, remove: 66, insert: [] }],
        [{ at: 0, remove: 0, insert: fresh }],
      ];
      for (const [step, edits] of steps.entries()) {
        const expected = edited([...(base.lists[0] ?? [])], edits);
        const write = t.make.edited(base, [edits]);
        await committed(t, storage, { versions: [write] });
        base = write.record;
        t.equal(await membersOf(t, storage, base), expected, `the list after step ${step}`);
      }
    },
  },
  {
    id: "C-103",
    level: "MUST",
    area: "lists",
    title:
      "Versions that branch from one version and change its list differently each keep their own.",
    why: "A second answer to the same question must not show up in the first conversation.",
    rules: ["F4", "M3"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 60);
      const root = t.make.version({ lists: [ids.slice(0, 40)] });
      await committed(t, storage, { versions: [root] });
      const rootMembers = ids.slice(0, 40);
      const expected = new Map<EcsId, readonly EcsId[]>([[root.ecsId, rootMembers]]);
      const branches: EntityRecord[] = [root];
      for (let round = 0; round < 30; round++) {
        const base = branches[t.random.below(branches.length)] ?? root;
        const old = expected.get(base.ecsId) ?? [];
        const insert = ids.slice(40 + t.random.below(10), 50 + t.random.below(10));
        const at = t.random.chance(0.7) ? old.length : t.random.below(old.length);
        const edits = [{ at, remove: 0, insert }];
        const write = t.make.edited(base, [edits]);
        await committed(t, storage, { versions: [write] });
        branches.push(write.record);
        expected.set(write.record.ecsId, edited(old, edits));
      }
      for (const branch of branches)
        t.equal(await membersOf(t, storage, branch), expected.get(branch.ecsId), "a branch's list");
    },
  },
  {
    id: "C-104",
    level: "MUST",
    area: "lists",
    title: "Several lists of one record change independently, and one may continue another one.",
    why: "A hint names a list by version and position; a mix-up shows one list's members in the other.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 12);
      const base = t.make.version({ lists: [ids.slice(0, 4), ids.slice(4, 8), []] });
      await committed(t, storage, { versions: [base] });
      const append = (at: number, from: number): readonly ListEdit[] => [
        { at, remove: 0, insert: ids.slice(from, from + 1) },
      ];
      const next = t.make.edited(base, [
        append(4, 8),
        [{ at: 0, remove: 2, insert: [] }],
        append(0, 9),
      ]);
      await committed(t, storage, { versions: [next] });
      const lists = [[...ids.slice(0, 4), ...ids.slice(8, 9)], ids.slice(6, 8), ids.slice(9, 10)];
      for (const [k, list] of lists.entries())
        t.equal(await membersOf(t, storage, next.record, k), list, `list ${k}`);
      // Another lineage takes list 1 of the first version as the start of its list 0, and list 0 as its list 1.
      const other = t.make.version({
        lists: [ids.slice(4, 9), ids.slice(0, 4)],
      });
      const bases = [
        { of: base.ecsId, list: 1, edits: append(4, 8) },
        { of: base.ecsId, list: 0, edits: [] },
      ];
      await committed(t, storage, { versions: [{ record: other, bases }] });
      t.equal(await membersOf(t, storage, other, 0), ids.slice(4, 9), "list 0 of another lineage");
      t.equal(await membersOf(t, storage, other, 1), ids.slice(0, 4), "list 1 of another lineage");
    },
  },
  {
    id: "C-105",
    level: "MUST",
    area: "lists",
    title: "A list of 5,000 members is written whole, appended to, edited and read back.",
    why: "Engines limit the variables of a statement; a long list must not meet that limit.",
    async run(t) {
      const storage = await t.open();
      const members = await membersToUse(t, storage, 5000);
      const extra = t.present((await membersToUse(t, storage, 1))[0], "one more member");
      const whole = t.make.version({ lists: [members] });
      await committed(t, storage, { versions: [whole] });
      const longer = t.make.edited(whole, [[{ at: 5000, remove: 0, insert: [extra] }]]);
      await committed(t, storage, { versions: [longer] });
      const edits = [{ at: 2500, remove: 1, insert: [extra, extra] }];
      const changed = t.make.edited(longer.record, [edits]);
      await committed(t, storage, { versions: [changed] });
      t.equal(await membersOf(t, storage, whole), members, "the first version");
      const appended = [...members, extra];
      t.equal(await membersOf(t, storage, longer.record), appended, "the appended version");
      t.equal(
        await membersOf(t, storage, changed.record),
        edited(appended, edits),
        "the edited one",
      );
    },
  },
  {
    id: "C-106",
    level: "MUST",
    area: "lists",
    title:
      "With a hint that does not fit the list, the list is kept as it is in the record or the commit is refused.",
    why: "A hint is there to save space; it must never decide what the history says.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 10);
      const base = t.make.version({ lists: [ids.slice(0, 4), ids.slice(4, 6)] });
      await committed(t, storage, { versions: [base] });
      const append = { at: 4, remove: 0, insert: ids.slice(6, 7) };
      const hints: readonly VersionWrite["bases"][number][] = [
        { of: t.make.ecsId(), list: 0, edits: [append] },
        { of: base.ecsId, list: 2, edits: [append] },
        { of: base.ecsId, list: 1, edits: [append] },
        { of: base.ecsId, list: 0, edits: [] },
        { of: base.ecsId, list: 0, edits: [append, { ...append, at: 5 }] },
        { of: base.ecsId, list: 0, edits: [{ ...append, insert: ids.slice(7, 8) }] },
        { of: base.ecsId, list: 0, edits: [{ ...append, insert: ids.slice(6, 8) }] },
        { of: base.ecsId, list: 0, edits: [{ ...append, at: 3 }] },
        { of: base.ecsId, list: 0, edits: [{ ...append, remove: 1 }] },
        { of: base.ecsId, list: 0, edits: [{ ...append, at: 9 }] },
        { of: base.ecsId, list: 0, edits: [{ at: -1, remove: 0, insert: append.insert }] },
      ];
      for (const hint of hints)
        await keptOrRefused(t, storage, [...ids.slice(0, 4), ...append.insert], [hint]);
      await keptOrRefused(t, storage, ids.slice(0, 5), []);
    },
  },
  {
    id: "C-107",
    level: "MUST",
    area: "lists",
    title:
      "A hint that fits in length and in what it inserts, but names a list of other members, does no harm either.",
    why: "The lists of one entity are often of one length; a hint that mixes them up must not mix up what is in them.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 10);
      const base = t.make.version({ lists: [ids.slice(0, 4), ids.slice(4, 8)] });
      await committed(t, storage, { versions: [base] });
      const append = { at: 4, remove: 0, insert: ids.slice(8, 9) };
      const list = [...ids.slice(0, 4), ...append.insert];
      await keptOrRefused(t, storage, list, [{ of: base.ecsId, list: 1, edits: [append] }]);
    },
  },
  {
    id: "C-108",
    level: "MUST",
    area: "lists",
    title: "A list of any class that implements RefList is stored by its members.",
    why: "Records also come from other backends, with lists of their own.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 50);
      const base = t.make.version({ lists: [ids.slice(0, 40)] });
      await committed(t, storage, { versions: [base] });
      const record = { ...t.make.version({ parent: base, lists: [[]] }), lists: [plainList(ids)] };
      const edits = [{ at: 40, remove: 0, insert: ids.slice(40) }];
      const bases = [{ of: base.ecsId, list: 0, edits }];
      await committed(t, storage, { versions: [{ record, bases }] });
      t.equal(await membersOf(t, storage, record), ids, "a list of another class, with a hint");
      const alone = { ...t.make.version({ lists: [[]] }), lists: [plainList(ids)] };
      await committed(t, storage, { versions: [alone] });
      t.equal(await membersOf(t, storage, alone), ids, "a list of another class, without a hint");
    },
  },
];

/** A list that is no work of `RefList`. */
function plainList(ids: readonly EcsId[]): RefList {
  return {
    length: ids.length,
    at: (index) => (index < 0 ? undefined : ids[index]),
    slice: (from, to) => ids.slice(from, to),
    [Symbol.iterator]: () => ids[Symbol.iterator](),
  };
}
