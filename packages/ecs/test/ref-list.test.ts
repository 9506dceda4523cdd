import { describe, expect, test } from "@jest/globals";
import type { EcsId } from "../src/ids.ts";
import type { ListEdit } from "../src/storage/list-edit.ts";
import { RefList } from "../src/storage/ref-list.ts";
import { SequentialIds } from "../src/testing.ts";
import { parseEcsId } from "../src/ids.ts";

const source = new SequentialIds();

function makeIds(count: number): EcsId[] {
  return Array.from({ length: count }, () => parseEcsId(source.next()));
}

/** Numbers from 0 up to `below`, the same for a seed. After Marsaglia's xorshift. */
function random(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function randomEdits(length: number, next: (below: number) => number): ListEdit[] {
  const edits: ListEdit[] = [];
  let at = 0;
  for (let i = 0; i < 3; i++) {
    at += next(Math.max(1, length - at));
    const remove = Math.min(next(4), length - at);
    edits.push({ at, remove, insert: makeIds(next(50) === 0 ? 200 : next(4)) });
    at += remove + 1;
    if (at > length) break;
  }
  return edits;
}

function applied(ids: readonly EcsId[], edits: readonly ListEdit[]): EcsId[] {
  const out = [...ids];
  for (const { at, remove, insert } of [...edits].reverse()) out.splice(at, remove, ...insert);
  return out;
}

describe("RefList", () => {
  test.each([0, 1, 31, 32, 33, 64, 65, 1024, 1025, 5000])("holds %i ids in order", (count) => {
    const ids = makeIds(count);
    const list = RefList.from(ids);
    expect(list.length).toBe(count);
    expect([...list]).toEqual(ids);
    expect(list.slice(10, 40)).toEqual(ids.slice(10, 40));
    expect([0, 31, 32, count - 1].map((i) => list.at(i))).toEqual(
      [0, 31, 32, count - 1].map((i) => (i < 0 ? undefined : ids[i])),
    );
    expect([list.at(-1), list.at(count), list.at(0.5)]).toEqual([undefined, undefined, undefined]);
  });

  test("edits give what an array gives, and every version before stays as it was", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      let plain = makeIds(next(300));
      let list = RefList.from(plain);
      const versions: [RefList, EcsId[]][] = [];
      for (let step = 0; step < 60; step++) {
        versions.push([list, plain]);
        const edits = randomEdits(plain.length, next);
        list = RefList.edit(list, edits);
        plain = applied(plain, edits);
        const cut = next(plain.length + 1);
        // As texts: jest takes many seconds for millions of ids.
        expect([...RefList.take(list, cut)].join()).toBe(plain.slice(0, cut).join());
      }
      versions.push([list, plain]);
      for (const [version, ids] of versions) expect([...version].join()).toBe(ids.join());
    }
  });

  test("difference turns the one into the other and equal agrees with it", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      const before = RefList.from(makeIds(next(200)));
      const after = RefList.edit(before, randomEdits(before.length, next));
      const edits = RefList.difference(before, after);
      expect([...RefList.edit(before, edits)]).toEqual([...after]);
      expect(RefList.equal(before, after)).toBe(edits.length === 0);
      expect(RefList.equal(after, RefList.from([...after]))).toBe(true);
    }
  });

  test("difference is short: an append, an insertion and a removal are one edit, two positions are two", () => {
    const ids = makeIds(1000);
    const [x, y] = makeIds(2) as [EcsId, EcsId];
    const list = RefList.from(ids);
    const edits: ListEdit[][] = [
      [{ at: 1000, remove: 0, insert: [x, y] }],
      [{ at: 500, remove: 0, insert: [x] }],
      [{ at: 0, remove: 1, insert: [] }],
      [
        { at: 3, remove: 1, insert: [x] },
        { at: 900, remove: 1, insert: [y] },
      ],
    ];
    for (const change of edits)
      expect(RefList.difference(list, RefList.edit(list, change))).toEqual(change);
  });

  test("difference and slice of large lists, by what an array says", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      const ids = makeIds(3_000 + next(5_000));
      let list = RefList.from(ids);
      for (let round = 0; round < 4; round++) {
        const before = list;
        const at = next(list.length);
        const edits =
          round % 2 === 0
            ? [at % 7, at, list.length - 2].map((place) => ({
                at: place,
                remove: 1,
                insert: makeIds(1),
              }))
            : [{ at, remove: next(40) % (list.length - at), insert: makeIds(next(70)) }];
        edits.sort((a, b) => a.at - b.at);
        const apart = edits.filter((edit, i) => i === 0 || edit.at > (edits[i - 1]?.at ?? 0));
        list = RefList.edit(list, apart);
        const found = RefList.difference(before, list);
        const [old, now] = [[...before], [...list]];
        expect(applied(old, found)).toEqual(now);
        expect(RefList.difference(RefList.from(old), RefList.from(now))).toEqual(found);
        const [from, to] = [next(now.length), next(now.length)];
        expect(list.slice(from, to)).toEqual(now.slice(from, Math.max(from, to)));
        expect(list.slice(-5, now.length + 5)).toEqual(now);
      }
    }
  });

  test("no piece of a list can be changed from outside", () => {
    let list = RefList.from(makeIds(5_000));
    list = RefList.edit(list, [
      { at: 0, remove: 1, insert: makeIds(3) },
      { at: 2_000, remove: 40, insert: [] },
      { at: 5_000, remove: 0, insert: makeIds(50) },
    ]);
    const loose: unknown[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) loose.push(value);
      for (const part of Object.values(value)) walk(part);
    };
    walk(list);
    walk(RefList.take(list, 3_000));
    walk(RefList.empty);
    expect(loose).toEqual([]);
  });

  test("an append shares all but the last piece", () => {
    let list = RefList.from(makeIds(10_000));
    const pieces = (of: RefList): Set<unknown> => {
      const found = new Set<unknown>();
      const walk = (value: unknown): void => {
        if (typeof value !== "object" || value === null || found.has(value)) return;
        found.add(value);
        for (const part of Object.values(value)) walk(part);
      };
      walk(of);
      return found;
    };
    const all = pieces(list);
    let added = 0;
    for (let i = 0; i < 320; i++) {
      list = RefList.edit(list, [{ at: list.length, remove: 0, insert: makeIds(1) }]);
      for (const piece of pieces(list))
        if (!all.has(piece)) {
          all.add(piece);
          added++;
        }
    }
    // Each append makes the list and its tail; each 32nd one path of the tree beside it.
    expect(added).toBeLessThan(320 * 4);
  });

  test.each([1, 2, 3, 4, 5])("tells a list that is another one after edits (seed %i)", (seed) => {
    const next = random(seed * 101);
    let members = makeIds(400);
    let base = RefList.from(members);
    for (let round = 0; round < 60; round++) {
      const edits = randomEdits(members.length, next);
      const after = applied(members, edits);
      const shared = RefList.edit(base, edits);
      expect(RefList.isEdited(shared, base, edits)).toBe(true);
      expect(RefList.isEdited(RefList.from(after), base, edits)).toBe(true);
      const wrong = after.toSpliced(next(after.length), 1, ...makeIds(1));
      expect(RefList.isEdited(RefList.from(wrong), base, edits)).toBe(false);
      expect(RefList.isEdited(RefList.from(after.slice(1)), base, edits)).toBe(false);
      members = after;
      base = shared;
    }
  });

  test("edits that are none of a list make no other one of it", () => {
    const members = makeIds(5);
    const base = RefList.from(members);
    const insert = makeIds(1);
    const wrong: readonly (readonly ListEdit[])[] = [
      [{ at: Number.NaN, remove: 0, insert: [] }],
      [{ at: 0.5, remove: 0, insert: [] }],
      [{ at: -1, remove: 0, insert: [] }],
      [{ at: 5, remove: 1, insert }],
      [{ at: 6, remove: 0, insert: [] }],
      [{ at: 3, remove: -1, insert: [] }],
      [{ at: 0, remove: Number.POSITIVE_INFINITY, insert: members }],
      [
        { at: 3, remove: 1, insert },
        { at: 1, remove: 1, insert },
      ],
    ];
    for (const edits of wrong) expect(RefList.isEdited(base, base, edits)).toBe(false);
    expect(RefList.isEdited(base, base, [])).toBe(true);
  });

  test("an edit outside the list is refused", () => {
    const list = RefList.from(makeIds(3));
    expect(() => RefList.edit(list, [{ at: 2, remove: 2, insert: [] }])).toThrow(RangeError);
    expect(() => RefList.edit(list, [{ at: 4, remove: 0, insert: makeIds(1) }])).toThrow(
      RangeError,
    );
  });

  test("ten thousand insertions in front keep reads shallow", () => {
    let list = RefList.from(makeIds(1));
    const inserted = makeIds(10_000);
    for (const id of inserted) list = RefList.edit(list, [{ at: 0, remove: 0, insert: [id] }]);
    expect(list.length).toBe(10_001);
    expect(list.at(0)).toBe(inserted[9_999]);
    expect([...list].slice(0, 5)).toEqual(inserted.slice(-5).reverse());
  });
});
