import { describe, expect, test } from "@jest/globals";
import {
  entity,
  RefList,
  ref,
  type Commit,
  type CommitResult,
  type EcsId,
  type EntityRecord,
} from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";
import { at, fixture, usage, Usage } from "./fixtures/library.ts";

class Rack extends entity("test.Rack", {
  grid: z.array(z.array(ref(Usage))).default([]),
  boxes: z
    .array(
      z.object({
        label: z.string(),
        day: z.date(),
        sizes: z.array(z.number()),
        held: z.array(ref(Usage)),
        best: ref(Usage).nullable(),
      }),
    )
    .default([]),
}) {}

const box = (): Rack["boxes"][number] => ({
  label: "a",
  day: new Date(1),
  sizes: [1, 2],
  held: [usage(1), usage(2)],
  best: null,
});

/** What was taken out, which must be there. */
function taken<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("nothing was taken out");
  return value;
}

describe("A value that was taken out of its entity, and put back", () => {
  const changes: readonly (readonly [string, (rack: Rack) => void])[] = [
    [
      "a list of entities grew",
      (rack) => {
        const row = taken(rack.grid.shift());
        row.push(usage(9));
      },
    ],
    [
      "a list of entities shrank and was rearranged",
      (rack) => {
        const row = taken(rack.grid.pop());
        row.reverse();
        row.length = 1;
        Reflect.deleteProperty(row, "0");
      },
    ],
    [
      "an object got other values",
      (rack) => {
        const first = taken(rack.boxes.shift());
        first.label = "b";
        first.day = new Date(2);
        first.held = [usage(5)];
        first.best = usage(6);
        first.sizes.push(3);
      },
    ],
    [
      "what an object holds was changed in place",
      (rack) => {
        const [first] = rack.boxes.splice(0, 1);
        taken(first).day.setTime(7);
        taken(first).held.pop();
        taken(first).sizes.length = 0;
      },
    ],
  ];

  test.each(changes)("T2 %s in a call that throws: all is as on entry", async (_name, change) => {
    const { registry, made } = fixture();
    const grid = [
      [usage(1), usage(2)],
      [usage(3), usage(4)],
    ];
    const rack = await registry.register(new Rack({ grid, boxes: [box()] }));
    await made();
    const before = rack.toObject();
    const again = registry.transaction(() => {
      change(rack);
      const row = rack.grid.pop();
      if (row !== undefined) rack.grid.unshift(row);
      throw new Error("no");
    });
    await expect(again).rejects.toThrow("no");
    expect(rack.toObject()).toEqual(before);
    expect(rack.hasModifications()).toBe(false);
    for (const held of rack.grid.flat()) held.totalTokens++;
    await rack.fork();
    expect(await made()).toBe(5);
  });

  test("M2 a list of entities that was changed meanwhile counts", async () => {
    const { registry } = fixture();
    const rack = await registry.register(new Rack({ grid: [[usage(1), usage(2), usage(3)]] }));
    const row = taken(rack.grid.pop());
    row.reverse();
    rack.grid.push(row);
    expect(rack.hasModifications()).toBe(true);
    await rack.fork();
    const totals = (await registry.getOrThrow(Rack, rack.ecsId)).grid.flat();
    expect(totals.map(({ totalTokens }) => totalTokens)).toEqual([3, 2, 1]);
    const same = taken(rack.grid.pop());
    rack.grid.push(same);
    expect(rack.hasModifications()).toBe(false);
  });

  test("M2 what was put into it meanwhile is noticed like the rest of it", async () => {
    const { registry, made } = fixture();
    const rack = await registry.register(new Rack({ boxes: [box()] }));
    const first = taken(rack.boxes.pop());
    first.day = new Date(5);
    first.held = [usage(7)];
    first.best = usage(8);
    rack.boxes.push(first);
    await rack.fork();
    await made();
    first.day.setTime(6);
    expect(rack.hasModifications()).toBe(true);
    await rack.fork();
    expect(await made()).toBe(1);
    taken(first.held[0]).totalTokens = 70;
    taken(first.best ?? undefined).totalTokens = 80;
    await rack.fork();
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Rack, rack.ecsId);
    expect(loaded.hasModifications()).toBe(false);
    expect(loaded).toEqual(rack);
  });

  test("what a commit says of the lists before is true, also of one that was out for a fork", async () => {
    const storage = new HintedStorage();
    const { registry } = fixture(storage);
    const grid = [[usage(1), usage(2), usage(3)], [usage(4)]];
    const rack = await registry.register(new Rack({ grid }));
    const row = taken(rack.grid.shift());
    await rack.fork();
    row.pop();
    rack.grid.push(row);
    await rack.fork();
    row.push(usage(5));
    await rack.fork();
    expect(storage.checked).toBeGreaterThan(2);
    const loaded = await registry.getOrThrow(Rack, rack.ecsId);
    expect(loaded.grid.map((each) => each.map(({ totalTokens }) => totalTokens))).toEqual([
      [4],
      [1, 2, 5],
    ]);
  });
});

/** Takes no hint that isn't true. */
class HintedStorage extends MemoryStorage {
  readonly #records = new Map<EcsId, EntityRecord>();
  checked = 0;

  override async commit(commit: Commit): Promise<CommitResult> {
    for (const { record, bases } of commit.versions) {
      this.#records.set(record.ecsId, record);
      for (const [index, base] of bases.entries()) {
        if (base === null) continue;
        const before = at(this.#records.get(base.of)?.lists ?? [], base.list);
        const same = RefList.equal(RefList.edit(before, base.edits), at(record.lists, index));
        if (!same) throw new Error(`the hint for list ${index} of ${record.ecsId} is wrong`);
        this.checked++;
      }
    }
    return super.commit(commit);
  }
}
