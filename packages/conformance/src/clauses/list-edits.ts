import type { EcsId, EntityRecord, ListEdit } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { edited, keptOrRefused, membersToUse } from "./list-members.ts";
import { committed, membersOf } from "./expectations.ts";
import { reopened } from "./reopened.ts";

export const listEditClauses: readonly Clause[] = [
  {
    id: "C-109",
    level: "MUST",
    area: "lists",
    title:
      "With a hint that names a version of the same commit, the list is kept as it is in the record or the commit is refused.",
    why: "Hints speak of stored versions; one that does not must not leave a list of nothing.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 6);
      const base = t.make.version({ lists: [ids.slice(0, 4)] });
      const list = ids.slice(0, 5);
      const hint = { of: base.ecsId, list: 0, edits: [append(4, ids.slice(4, 5))] };
      await keptOrRefused(t, storage, list, [hint], { before: [base] });
      const later = t.make.version({ lists: [ids.slice(0, 4)] });
      await keptOrRefused(t, storage, list, [{ ...hint, of: later.ecsId }], { after: [later] });
    },
  },
  {
    id: "C-110",
    level: "MUST",
    area: "lists",
    title: "A list may change in a hundred places at once.",
    why: "A summary that replaces every other message is one change.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 700);
      const base = t.make.version({ lists: [ids.slice(0, 500)] });
      await committed(t, storage, { versions: [base] });
      const edits = Array.from({ length: 100 }, (_, i): ListEdit => {
        const insert = ids.slice(500 + i * 2, 500 + i * 2 + (i % 3));
        return { at: i * 5, remove: (i + 1) % 4, insert };
      });
      const write = t.make.edited(base, [edits]);
      await committed(t, storage, { versions: [write] });
      const expected = edited(ids.slice(0, 500), edits);
      t.equal(await membersOf(t, storage, write.record), expected, "the list");
      const again = edits.map((_, i) => ({ at: i * 4 + 1, remove: 1, insert: [] }));
      const next = t.make.edited(write.record, [again]);
      await committed(t, storage, { versions: [next] });
      t.equal(await membersOf(t, storage, next.record), edited(expected, again), "the next list");
    },
  },
  {
    id: "C-111",
    level: "MUST",
    area: "lists",
    title: "A member that is added, removed, added and removed again is in just those versions.",
    why: "Audit libraries have lost members that came back.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const [a, b, x] = await membersToUse(t, storage, 3);
      const kept = [a, b].flatMap((id) => id ?? []);
      const added = [x].flatMap((id) => id ?? []);
      let version = t.make.version({ lists: [kept] });
      await committed(t, storage, { versions: [version] });
      const versions: (readonly [EntityRecord, readonly EcsId[]])[] = [[version, kept]];
      for (let i = 0; i < 6; i++) {
        const at = (i >> 1) % 3;
        const edit = { at, remove: i % 2, insert: i % 2 === 0 ? added : [] };
        const write = t.make.edited(version, [[edit]]);
        await committed(t, storage, { versions: [write] });
        version = write.record;
        versions.push([version, i % 2 === 0 ? kept.toSpliced(at, 0, ...added) : kept]);
      }
      for (const [record, list] of versions)
        t.equal(await membersOf(t, storage, record), list, "the list of each version");
    },
  },
  {
    id: "C-112",
    level: "MUST",
    area: "lists",
    title: "A record may have 200 lists and 1,000 references, and each list changes by itself.",
    why: "A table of entities is a list of lists.",
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 50);
      const refs = Array.from({ length: 1000 }, (_, i) => ids[i % 50] ?? t.make.ecsId());
      const lists = Array.from({ length: 200 }, (_, k) => ids.slice(k % 50, (k % 50) + (k % 4)));
      const base = t.make.version({ refs, lists });
      await committed(t, storage, { versions: [base] });
      const edits = lists.map((list, k) =>
        k % 7 === 0 ? [append(list.length, ids.slice(0, 1))] : [],
      );
      const write = t.make.edited(base, edits);
      await committed(t, storage, { versions: [write] });
      const read = await storage.read([base.ecsId, write.record.ecsId]);
      t.equal(
        read.map((version) => version?.record),
        [base, write.record],
        "both versions",
      );
      const after = lists.map((list, k) => edited(list, edits[k] ?? []));
      t.equal(
        read[1]?.record.lists.map((list) => [...list]),
        after,
        "the lists after the change",
      );
    },
  },
  {
    id: "C-113",
    level: "MUST",
    area: "lists",
    title:
      "A list that is edited in the middle from version to version is right in all of 150 versions, whoever reads them.",
    why: "Backends keep edits beside older pieces, and rewrite them when there are too many.",
    rules: ["M5"],
    async run(t) {
      let storage = await t.open();
      const ids = await membersToUse(t, storage, 100);
      let members: readonly EcsId[] = ids.slice(0, 60);
      let version = t.make.version({ lists: [members] });
      await committed(t, storage, { versions: [version] });
      const versions: (readonly [EntityRecord, readonly EcsId[]])[] = [[version, members]];
      for (let i = 0; i < 150; i++) {
        const at = t.random.below(members.length);
        const remove = Math.min(t.random.below(3), members.length - at);
        const most = members.length < 20 ? 50 : 4;
        const insert = ids.slice(t.random.below(50)).slice(0, t.random.below(most));
        const edits = [{ at, remove, insert }];
        const write = t.make.edited(version, [edits]);
        await committed(t, storage, { versions: [write], mustBeHeads: [version] });
        version = write.record;
        members = edited(members, edits);
        versions.push([version, members]);
      }
      storage = await reopened(t, storage);
      for (const [index, [record, list]] of versions.entries())
        t.equal(await membersOf(t, storage, record), list, `the list of version ${index}`);
    },
  },
  {
    id: "C-114",
    level: "MUST",
    area: "lists",
    title: "A list that is turned round, sorted, doubled or emptied in one version is kept so.",
    why: "Order and repetition are content, and a hint for such a change is larger than the list.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 80);
      let base = t.make.version({ lists: [ids] });
      await committed(t, storage, { versions: [base] });
      const lists = [
        ids.toReversed(),
        ids.toSorted(),
        [...ids, ...ids],
        t.random.shuffled(ids),
        [],
      ];
      for (const list of lists) {
        const remove = [...(base.lists[0] ?? [])].length;
        const write = t.make.edited(base, [[{ at: 0, remove, insert: list }]]);
        await committed(t, storage, { versions: [write] });
        t.equal(await membersOf(t, storage, write.record), list, "the list with a hint");
        const alone = t.make.version({ parent: base, lists: [list] });
        await committed(t, storage, { versions: [alone] });
        t.equal(await membersOf(t, storage, alone), list, "the list without a hint");
        base = write.record;
      }
    },
  },
  {
    id: "C-115",
    level: "MUST",
    area: "lists",
    title: "at, slice, length and iteration of a list that was read all tell the same members.",
    why: "A page of a long conversation is read by slices, the whole of it by iterating.",
    rules: ["M5"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 230);
      const base = t.make.version({ lists: [ids.slice(0, 200)] });
      await committed(t, storage, { versions: [base] });
      const edits = [
        { at: 70, remove: 40, insert: ids.slice(200, 215) },
        append(200, ids.slice(215)),
      ];
      const write = t.make.edited(base, [edits]);
      await committed(t, storage, { versions: [write] });
      const expected = edited(ids.slice(0, 200), edits);
      const [stored] = await storage.read([write.record.ecsId]);
      const list = t.present(stored?.record.lists[0], "the list");
      t.equal(list.length, expected.length, "its length");
      t.equal([...list], expected, "its members");
      t.equal(
        Array.from({ length: list.length + 2 }, (_, i) => list.at(i)),
        [...expected, undefined, undefined],
        "its members one by one",
      );
      for (let i = 0; i < 50; i++) {
        const from = t.random.below(list.length + 5);
        const to = t.random.below(list.length + 5);
        t.equal(list.slice(from, to), expected.slice(from, to), `from ${from} to ${to}`);
      }
    },
  },
  {
    id: "C-116",
    level: "MUST",
    area: "lists",
    title:
      "A list that grows by one from version to version is right in all of 300 versions, also for another instance.",
    why: "A conversation has no longest length; how many edits lie on top of each other must fit where it is kept.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const members = await membersToUse(t, storage, t.budget === "soak" ? 1100 : 300);
      let version = t.make.version({ lists: [[]] });
      await committed(t, storage, { versions: [version] });
      const versions = [version];
      for (const [at, id] of members.entries()) {
        const write = t.make.edited(version, [[append(at, [id])]]);
        await committed(t, storage, { versions: [write] });
        version = write.record;
        versions.push(version);
      }
      const read = await (await t.open()).read(versions.map(({ ecsId }) => ecsId));
      for (const [length, stored] of read.entries())
        t.equal(
          [...(stored?.record.lists[0] ?? [])],
          members.slice(0, length),
          `the list of version ${length}`,
        );
    },
  },
];

function append(at: number, insert: readonly EcsId[]): ListEdit {
  return { at, remove: 0, insert };
}
