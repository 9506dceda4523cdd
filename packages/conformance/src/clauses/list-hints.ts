import type { EcsId, ListEdit, RefList } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { committed, membersOf, refused } from "./expectations.ts";
import { edited, keptOrRefused, membersToUse } from "./list-members.ts";

/** Long enough that none of them is near the ends of what a hint leaves alone, nor in its middle. */
const length = 300;
const places = [1, 2, 31, 33, 64, 101, 148, 151, 200, 255, 297, 298];

export const listHintClauses: readonly Clause[] = [
  {
    id: "C-117",
    level: "MUST",
    area: "lists",
    title:
      "With a hint that is wrong about one member, anywhere in what it leaves alone, the list is kept as it is in the record or the commit is refused.",
    why: "Looking at some of the members of a list tells nothing of the others; what a user said is in one of them.",
    rules: ["M3"],
    async run(t) {
      const [storage, other] = [await t.open(), await t.open()];
      const ids = await membersToUse(t, storage, length + 2);
      const [others, added] = [ids.slice(length, length + 1), ids.slice(length + 1)];
      const members = ids.slice(0, length);
      const base = t.make.version({ lists: [members] });
      await committed(t, storage, { versions: [base] });
      const hints = editsThatInsert(added);
      for (const [i, at] of places.entries()) {
        const edits = hints[i % hints.length] ?? [];
        const hint = [{ of: base.ecsId, list: 0, edits }];
        const replaced = members.with(at, t.present(others[0], "another member"));
        await keptOrRefused(t, storage, edited(replaced, edits), hint);
        // Who has not written the base knows less of it.
        await keptOrRefused(t, other, edited(replaced, edits), hint);
        const pair = members.slice(at, at + 2).toReversed();
        const swapped = members.toSpliced(at, 2, ...pair);
        await keptOrRefused(t, storage, edited(swapped, edits), hint);
      }
    },
  },
  {
    id: "C-118",
    level: "MUST",
    area: "lists",
    title:
      "A member that is not stored is missing, wherever it stands in what a wrong hint says was left alone.",
    why: "A hint that hides a missing member makes a thread that nobody can load.",
    async run(t) {
      const [storage, other] = [await t.open(), await t.open()];
      const ids = await membersToUse(t, storage, length + 1);
      const members = ids.slice(0, length);
      const base = t.make.version({ lists: [members] });
      await committed(t, storage, { versions: [base] });
      const hints = editsThatInsert(ids.slice(length));
      for (const [i, at] of places.entries()) {
        const absent = t.make.ecsId();
        const edits = hints[i % hints.length] ?? [];
        const record = t.make.version({ lists: [edited(members.with(at, absent), edits)] });
        const bases = [{ of: base.ecsId, list: 0, edits }];
        const commit = t.make.commit({ versions: [{ record, bases }] });
        const what = `a missing member at ${at}`;
        const asked = i % 2 === 0 ? storage : other;
        const error = await refused(t, asked, commit, "MI_STORAGE_MISSING_VERSION", what);
        t.equal("missing" in error ? error.missing : undefined, [absent], "the missing versions");
      }
    },
  },
  {
    id: "C-119",
    level: "MUST",
    area: "lists",
    title:
      "A list that its owner changes after it was committed is stored as it was then, and a later list with a hint on it as its record has it.",
    why: "Who remembers the lists of callers, to know what a hint speaks of, must not be told another story later.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 42);
      const [other, added] = ids.slice(40);
      const owned = ids.slice(0, 40);
      const base = { ...t.make.version({ lists: [[]] }), lists: [ownList(owned)] };
      await committed(t, storage, { versions: [base] });
      owned[20] = t.present(other, "another member");
      t.equal(await membersOf(t, storage, base), ids.slice(0, 40), "the list that was committed");
      const insert = [t.present(added, "a member to add")];
      const hint = { of: base.ecsId, list: 0, edits: [{ at: 40, remove: 0, insert }] };
      await keptOrRefused(t, storage, [...owned, ...insert], [hint]);
    },
  },
];

/** A list of a caller's own class, over an array that the caller still has. */
function ownList(ids: readonly EcsId[]): RefList {
  return {
    get length() {
      return ids.length;
    },
    at: (index) => (index < 0 ? undefined : ids[index]),
    slice: (from, to) => ids.slice(from, to),
    [Symbol.iterator]: () => ids[Symbol.iterator](),
  };
}

/** Edits of a list that leave most of it alone: none, one at its end, at its start, in its middle, and several. */
function editsThatInsert(insert: readonly EcsId[]): readonly (readonly ListEdit[])[] {
  return [
    [{ at: length, remove: 0, insert }],
    [],
    [{ at: 0, remove: 1, insert }],
    [{ at: 150, remove: 0, insert }],
    [
      { at: 0, remove: 0, insert },
      { at: 99, remove: 2, insert: [] },
      { at: 299, remove: 1, insert },
    ],
  ];
}
