import { describe, expect, test } from "@jest/globals";
import {
  entity,
  EntityRegistry,
  ref,
  type EcsId,
  type MergeConflict,
  type Resolution,
} from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  contents,
  Everything,
  fixture,
  note,
  usage,
  Values,
  type Fixture,
} from "./fixtures/library.ts";

class Ruled extends entity(
  "test.Ruled",
  {
    low: z.number().default(0),
    high: z.number().max(100).default(10),
    tags: z.array(z.string()).max(3).default([]),
    required: z.string(),
  },
  {
    check({ low, high }, report) {
      if (low > high) report("low", "low is above high");
    },
  },
) {}

class Shelf extends entity("test.Shelf", {
  books: z.array(ref(Book)).max(3).default([]),
  best: ref(Book).nullable().default(null),
}) {}

class Odd {
  readonly odd = 1;
}

/** A conflict in one field, and what every attempt must leave as it was. */
async function conflicting(field: "text" | "json" | "record"): Promise<
  Fixture & {
    readonly ours: Values;
    readonly attempt: (answer: unknown) => Promise<unknown>;
  }
> {
  const found = fixture();
  const { registry, made } = found;
  const { ecsId } = await registry.register(new Values({}));
  const ours = await registry.getOrThrow(Values, ecsId);
  const theirs = await registry.getOrThrow(Values, ecsId);
  const values = { text: ["a", "b"], json: [1, 2], record: [{ x: 1 }, { x: 2 }] };
  for (const [index, side] of [ours, theirs].entries()) {
    Reflect.set(side, field, values[field][index]);
    await side.fork();
  }
  await made();
  return {
    ...found,
    ours,
    attempt: async (answer) => {
      const resolve = (): Resolution => Object({ answer }).answer;
      const outcome = [];
      for (const preview of [true, false] as const) {
        const before = ours.toObject();
        const error: unknown = await Promise.resolve(
          preview
            ? registry.merge(ours, theirs, { resolve, preview })
            : registry.merge(ours, theirs, { resolve }),
        ).catch((thrown: unknown) => thrown);
        outcome.push(error);
        expect(await made()).toBe(0);
        expect([ours.toObject(), ours.hasModifications()]).toEqual([before, false]);
      }
      expect(Object(outcome[0]).message).toBe(Object(outcome[1]).message);
      return outcome[1];
    },
  };
}

describe("What a resolver answers", () => {
  test.each([
    ["a number for a text", 5, "MI_ENTITY_INVALID"],
    ["null for a text", null, "MI_ENTITY_INVALID"],
    ["NaN", Number.NaN, "MI_ENTITY_UNSUPPORTED_VALUE"],
    ["an instance of a class", new Odd(), "MI_ENTITY_UNSUPPORTED_VALUE"],
    ["a function", () => "x", "MI_ENTITY_UNSUPPORTED_VALUE"],
    ["an entity in a field of plain data", usage(), "MI_ENTITY_UNSUPPORTED_VALUE"],
    ["an invalid date", new Date(Number.NaN), "MI_ENTITY_UNSUPPORTED_VALUE"],
    ["undefined in a list", [undefined], "MI_ENTITY_UNSUPPORTED_VALUE"],
  ])("%s is refused before anything is written", async (_name, value, code) => {
    const { ours, attempt } = await conflicting("text");
    const error = await attempt({ value });
    expect(error).toMatchObject({
      code,
      details: { type: "test.Values", lineageId: ours.lineageId },
    });
    expect(Object(error).message).toMatch(/test\.Values .*text.*resolve\(\)/);
  });

  test.each([
    ["a word that is no side", "mine"],
    ["a bare value", 12],
    ["null", null],
    ["an object without value", { values: 1 }],
    ["a promise", Promise.resolve("ours")],
  ])("%s is no answer", async (_name, answer) => {
    const { attempt } = await conflicting("text");
    const error = await attempt(answer);
    expect(error).toMatchObject({ code: "MI_REGISTRY_USAGE" });
    expect(Object(error).message).toMatch(/text: resolve\(\) must answer "ours"/);
  });

  test("plain data is copied in, -0 and dates included, and nested NaN is refused with its path", async () => {
    const { registry, ours, attempt } = await conflicting("record");
    expect(await attempt({ value: { deep: [{ x: Number.NaN }] } })).toMatchObject({
      code: "MI_ENTITY_UNSUPPORTED_VALUE",
      path: ["record", "x", "deep", 0, "x"],
    });
    const [, theirs] = await registry.heads(ours.lineageId);
    const value = { deep: [-0, new Date(5), 12n, "\ud800\0"] };
    await registry.merge(ours, theirs ?? ours.ecsId, { resolve: () => ({ value }) });
    value.deep.push("later");
    expect(ours.record["x"]).toEqual({ deep: [0, new Date(5), 12n, "\ud800\0"] });
    expect((await registry.getOrThrow(Values, ours.ecsId)).toObject()).toEqual(ours.toObject());
  });

  test("undefined takes an optional value away, and is refused for a required one", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({ maybe: "x" }));
    const other = await registry.getOrThrow(Values, values.ecsId);
    for (const side of [values, other]) {
      side.maybe = side === values ? "ours" : "theirs";
      await side.fork();
    }
    await registry.merge(values, other, { resolve: () => ({ value: undefined }) });
    expect("maybe" in values).toBe(false);

    const ruled = await registry.register(new Ruled({ required: "x" }));
    const otherRuled = await registry.getOrThrow(Ruled, ruled.ecsId);
    for (const side of [ruled, otherRuled]) {
      side.required = side === ruled ? "ours" : "theirs";
      await side.fork();
    }
    await made();
    await expect(
      registry.merge(ruled, otherRuled, { resolve: () => ({ value: undefined }) }),
    ).rejects.toMatchObject({ code: "MI_ENTITY_INVALID", issues: [{ path: ["required"] }] });
    expect(await made()).toBe(0);
  });

  test("a reference may be answered as an entity of the tree, of the registry, or as it was shown", async () => {
    const { registry, storage } = fixture();
    const [a, b, c, outside] = await Promise.all(
      [1, 2, 3, 4].map((tokens) => registry.register(usage(tokens))),
    );
    const everything = new Everything({ direct: usage(0), nullable: a ?? null });
    const { ecsId } = await registry.register(everything);
    const sides = async (): Promise<[Everything, Everything]> => {
      const ours = await registry.getOrThrow(Everything, ecsId);
      const theirs = await registry.getOrThrow(Everything, ecsId);
      ours.nullable = b ?? null;
      theirs.nullable = c ?? null;
      await ours.fork();
      await theirs.fork();
      return [ours, theirs];
    };
    const merged = async (
      answer: (conflict: MergeConflict, theirs: Everything) => unknown,
    ): Promise<number | undefined> => {
      const [ours, theirs] = await sides();
      await registry.merge(ours, theirs, {
        resolve: (conflict) => ({ value: answer(conflict, theirs) }),
      });
      const loaded = await registry.getOrThrow(Everything, ours.ecsId);
      expect(loaded.toObject()).toEqual(ours.toObject());
      return loaded.nullable?.totalTokens;
    };
    expect(await merged((_, theirs) => theirs.nullable)).toBe(3);
    expect(await merged((_, theirs) => theirs.direct)).toBe(0);
    expect(await merged((conflict) => conflict.ours)).toBe(2);
    expect(await merged((conflict) => conflict.base)).toBe(1);
    expect(await merged(() => outside)).toBe(4);
    const [ours, theirs] = await sides();
    await registry.merge(ours, theirs, { resolve: () => "base" });
    expect(ours.nullable?.totalTokens).toBe(1);

    await expect(merged(() => usage(5))).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
      message: expect.stringMatching(/nullable: the test.Usage .* is not stored as it is/),
    });
    const changed = await registry.getOrThrow(Object(usage()).constructor, a?.ecsId ?? ecsId);
    Object(changed).totalTokens = 77;
    await expect(merged(() => changed)).rejects.toMatchObject({ code: "MI_REGISTRY_USAGE" });
    const elsewhere = await new EntityRegistry({ storage }).register(usage(6));
    await expect(merged(() => elsewhere)).rejects.toThrow(/of another registry/);
    await expect(merged(() => ({ lineageId: "no lineage of these" }))).rejects.toMatchObject({
      code: "MI_ENTITY_INVALID",
      issues: [{ path: ["nullable"] }],
    });
    const book = await registry.register(bookOf(0));
    await expect(merged(() => book)).rejects.toThrow(/expected an entity of type test.Usage/);
  });

  test("members of a list of entities are shown as entities, and answered as such", async () => {
    const { registry } = fixture();
    const base = await registry.register(bookOf(3));
    const sides = async (): Promise<[Book, Book]> => {
      const ours = await registry.getOrThrow(Book, base.ecsId);
      const theirs = await registry.getOrThrow(Book, base.ecsId);
      ours.pages.splice(1, 1, note("ours"));
      theirs.pages.splice(1, 1, note("theirs"));
      await ours.fork();
      await theirs.fork();
      return [ours, theirs];
    };
    const merged = async (
      answer: (conflict: MergeConflict, ours: Book, theirs: Book) => Resolution,
    ): Promise<unknown> => {
      const [ours, theirs] = await sides();
      await registry.merge(ours, theirs, { resolve: (found) => answer(found, ours, theirs) });
      expect(contents(await registry.getOrThrow(Book, ours.ecsId))).toEqual(contents(ours));
      return contents(ours);
    };
    const both = await merged((conflict, ours, theirs) => {
      expect(conflict).toMatchObject({
        path: ["pages", 1],
        base: [{ lineageId: at(base.pages, 1).lineageId }],
        ours: [{ lineageId: at(ours.pages, 1).lineageId }],
        theirs: [{ lineageId: at(theirs.pages, 1).lineageId }],
      });
      return { value: [conflict.theirs, conflict.ours].flat() };
    });
    expect(both).toEqual(["0", "theirs", "ours", "2"]);
    expect(await merged((_, ours) => ({ value: at(ours.pages, 1) }))).toEqual(["0", "ours", "2"]);
    expect(await merged(() => ({ value: [] }))).toEqual(["0", "2"]);
    expect(await merged(() => "base")).toEqual(["0", "1", "2"]);
    await expect(merged(() => ({ value: ["text"] }))).rejects.toMatchObject({
      code: "MI_ENTITY_INVALID",
      issues: [{ path: ["pages", 1] }],
    });
  });

  test("what resolve throws comes through, and nothing is written", async () => {
    const { registry, ours } = await conflicting("text");
    const [, theirs] = await registry.heads(ours.lineageId);
    const mine = new Error("mine");
    await expect(
      registry.merge(ours, theirs ?? ours.ecsId, {
        resolve: () => {
          throw mine;
        },
      }),
    ).rejects.toBe(mine);
    ours.text = "goes on";
    await ours.fork();
    expect((await registry.getOrThrow(Values, ours.ecsId)).text).toBe("goes on");
  });
});

describe("What both sides make together", () => {
  async function sides<T extends object>(
    registry: EntityRegistry,
    load: (id: EcsId) => Promise<T>,
    id: EcsId,
    ...edits: readonly ((side: T) => void)[]
  ): Promise<T[]> {
    const made: T[] = [];
    for (const edit of edits) {
      const side = await load(id);
      edit(side);
      await registry.register(side);
      made.push(side);
    }
    return made;
  }

  test.each<[string, readonly [(side: Ruled) => void, (side: Ruled) => void], string]>([
    [
      "a list that is too long",
      [(side) => side.tags.push("a", "b"), (side) => side.tags.push("c", "d")],
      "tags",
    ],
    [
      "fields that break a rule together",
      [
        (side) => {
          side.low = 9;
        },
        (side) => {
          side.high = 5;
        },
      ],
      "low",
    ],
  ])("%s is refused before anything is written, in a preview too", async (_name, edits, field) => {
    const { registry, made } = fixture();
    const base = await registry.register(new Ruled({ required: "x" }));
    const [ours, theirs] = await sides(
      registry,
      (id) => registry.getOrThrow(Ruled, id),
      base.ecsId,
      ...edits,
    );
    await made();
    const refused = {
      code: "MI_ENTITY_INVALID",
      details: { type: "test.Ruled", lineageId: base.lineageId },
      issues: [{ path: [field], message: expect.stringMatching(/fork\(\) a change of one side/) }],
    };
    const merge = async (preview: boolean): Promise<unknown> =>
      preview
        ? registry.merge(ours ?? base, theirs ?? base, { preview })
        : registry.merge(ours ?? base, theirs ?? base);
    await expect(merge(true)).rejects.toMatchObject(refused);
    await expect(merge(false)).rejects.toMatchObject(refused);
    expect(await made()).toBe(0);
    expect(ours?.hasModifications()).toBe(false);
    expect(await registry.heads(base.lineageId)).toHaveLength(2);
  });

  test("a list of entities above its bounds is refused, in onConflict merge with both sides kept", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage() });
    const base = await registry.register(new Shelf({ books: [bookOf(0)] }));
    const ours = await registry.getOrThrow(Shelf, base.ecsId);
    const theirs = await registry.getOrThrow(Shelf, base.ecsId);
    theirs.books.push(bookOf(0), bookOf(0));
    await theirs.fork();
    ours.books.push(bookOf(0), bookOf(0));
    await expect(ours.fork({ onConflict: "merge" })).rejects.toMatchObject({
      code: "MI_ENTITY_INVALID",
      issues: [{ path: ["books"] }],
    });
    expect(await registry.heads(base.lineageId)).toEqual([theirs.ecsId, ours.ecsId]);
    expect(ours.books).toHaveLength(3);
    expect(ours.hasModifications()).toBe(false);
    ours.books.pop();
    ours.books.pop();
    await ours.fork();
    await registry.merge(ours, theirs);
    expect([ours.books.length, await registry.heads(base.lineageId)]).toEqual([3, [ours.ecsId]]);
  });
});
