import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, lineageRef, MiError, ref, type EcsId } from "@mi/ecs";
import { z } from "zod";
import { Book, bookOf, fixture, Note, note } from "./fixtures/library.ts";

/** What a program without a type checker passes. */
function untyped<T>(value: unknown): T {
  const any: T = Object(value) === value ? value : JSON.parse(JSON.stringify(value ?? null));
  return any;
}

async function errorOf(work: () => unknown): Promise<MiError> {
  try {
    await work();
  } catch (error) {
    if (MiError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("Ids", () => {
  const calls = {
    get: ({ registry }, id) => registry.get(Note, id),
    getOrThrow: ({ registry }, id) => registry.getOrThrow(Note, id),
    getMany: ({ registry }, id) => registry.getMany(Note, [id]),
    has: ({ registry }, id) => registry.has(id),
    coldSnapshot: ({ registry }, id) => registry.coldSnapshot(id),
    ancestors: ({ registry }, id) => registry.ancestors(id),
    diff: ({ registry }, id) => registry.diff(id, id),
    diffTrees: ({ registry }, id) => registry.diffTrees(id, id),
    revert: async ({ registry }, id) => (await registry.register(note("a"))).revert(id),
    merge: async ({ registry }, id) => registry.merge(await registry.register(note("a")), id),
    latest: ({ registry }, id) => registry.latest(Note, untyped(id)),
    heads: ({ registry }, id) => registry.heads(untyped(id)),
    hasLineage: ({ registry }, id) => registry.hasLineage(untyped(id)),
    lineage: ({ registry }, id) => registry.lineage(untyped(id)),
    asOf: ({ registry }, id) => registry.asOf(Note, untyped(id), new Date()),
    childrenAcrossVersions: ({ registry }, id) => registry.childrenAcrossVersions(untyped(id)),
    exportLineages: ({ registry }, id) => registry.exportLineages(untyped(id)).next(),
    "refs.set": ({ registry }, id) => registry.refs.set("name", id),
  } satisfies Record<string, (on: ReturnType<typeof fixture>, id: EcsId) => unknown>;

  test.each(Object.entries(calls))(
    "%s refuses what is no id, with its own code",
    async (_, call) => {
      for (const wrong of ["x", "", "0f8fad5b-d9cb-469f-a165-70867728950e"])
        expect(await errorOf(() => call(fixture(), untyped(wrong)))).toMatchObject({
          code: "MI_ID_INVALID",
          message: expect.stringContaining(JSON.stringify(wrong)),
        });
    },
  );

  test("upper case names the same version", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const shouted: EcsId = untyped(page.ecsId.toUpperCase());
    expect((await registry.get(Note, shouted))?.content).toBe("a");
    expect(await registry.has(shouted)).toBe(true);
  });
});

describe("An error names what, what was expected, and what to do", () => {
  test("an entity of another registry is refused in new and in stored holders, changed or not", async () => {
    const [here, there] = [fixture(), fixture()];
    const page = await here.registry.register(note("a"));
    const stored = await there.registry.register(new Book({}));
    stored.pages.push(page);
    for (const work of [
      () => there.registry.register(new Book({ pages: [page] })),
      () => stored.fork(),
    ])
      expect(await errorOf(work)).toMatchObject({
        code: "MI_ENTITY_OTHER_REGISTRY",
        message: `test.Note ${page.lineageId} belongs to another registry; export it from there and import it here`,
      });
    expect(await there.registry.has(page.ecsId)).toBe(false);
  });

  test("a conflict names the type, the lineage, the expected head and the actual ones", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const expected = page.ecsId;
    const other = await registry.getOrThrow(Note, expected);
    other.content = "b";
    await other.fork();
    page.content = "c";
    expect(await errorOf(() => page.fork({ onConflict: "fail" }))).toMatchObject({
      code: "MI_ENTITY_CONFLICT",
      message: `Changed by another writer: test.Note ${page.lineageId}: expected head ${expected}, found ${other.ecsId}; load the newest and retry, or let onConflict be "branch" or "merge"`,
      conflicts: [
        { type: "test.Note", lineageId: page.lineageId, expected, actual: [other.ecsId] },
      ],
    });
  });

  test("a refused value names the type, the entity, the field and what was expected", async () => {
    const page = note("a");
    expect(await errorOf(() => Reflect.set(page, "role", "nobody"))).toMatchObject({
      code: "MI_ENTITY_INVALID",
      message: expect.stringMatching(
        new RegExp(`^test\\.Note ${page.lineageId} refused: role: .*"user"`),
      ),
    });
    expect(await errorOf(() => Reflect.construct(Note, ["text"]))).toMatchObject({
      message: "test.Note refused: the constructor takes an object with the fields",
    });
  });

  test("an absent version names its type and id", async () => {
    const { ecsId } = note("never stored");
    expect(await errorOf(() => fixture().registry.getOrThrow(Note, ecsId))).toMatchObject({
      code: "MI_ENTITY_NOT_FOUND",
      message: expect.stringContaining(`test.Note version ${ecsId} is not stored`),
    });
  });

  test.each<[string, () => unknown, string, RegExp]>([
    [
      "register what is no entity",
      () => fixture().registry.register({ a: 1 }),
      "MI_REGISTRY_USAGE",
      /expected an entity.*a plain object/,
    ],
    [
      "register null",
      () => fixture().registry.register(untyped<object>(null)),
      "MI_REGISTRY_USAGE",
      /got null/,
    ],
    [
      "ask for a class of its own",
      () => fixture().registry.get(class Own {}, note("a").ecsId),
      "MI_ENTITY_DEFINITION",
      /class made by entity\(\)/,
    ],
    [
      "asOf without a date",
      () => fixture().registry.asOf(Note, note("a").lineageId, new Date(Number.NaN)),
      "MI_REGISTRY_USAGE",
      /valid date/,
    ],
    [
      "commits since a word",
      () => fixture().registry.commits({ since: "yesterday" }),
      "MI_REGISTRY_USAGE",
      /since must be an instant as ISO 8601, got "yesterday"/,
    ],
    [
      "a policy that isn't one",
      () => fixture().registry.register(note("a"), { onConflict: untyped("retry") }),
      "MI_ENTITY_COMMIT_CONTEXT",
      /"branch", "fail" or "merge"/,
    ],
    [
      "an actor that is no text",
      () => fixture().registry.register(note("a"), { actor: untyped(5) }),
      "MI_ENTITY_COMMIT_CONTEXT",
      /actor must be a string, got number/,
    ],
    ["an empty ref name", () => fixture().registry.refs.get(""), "MI_REGISTRY_USAGE", /got ""/],
    [
      "a field without a schema",
      () => entity("test.Wrong", { field: untyped<z.ZodType>("string") }),
      "MI_ENTITY_DEFINITION",
      /test\.Wrong\.field: expected a schema of zod/,
    ],
    [
      "a ref to nothing",
      () => ref(untyped<typeof Note>(5)),
      "MI_ENTITY_DEFINITION",
      /ref\(\): takes a class/,
    ],
    [
      "a lineageRef to nothing",
      () => lineageRef(untyped<string>(5)),
      "MI_ENTITY_DEFINITION",
      /lineageRef\(\): takes a stored name/,
    ],
    [
      "an index of no field",
      () => entity("test.Wrong", { a: z.string() }, { indexes: [untyped("b")] }),
      "MI_ENTITY_DEFINITION",
      /test\.Wrong\.b: indexes names it/,
    ],
    [
      "a version of 0",
      () => entity("test.Wrong", {}, { version: 0 }),
      "MI_ENTITY_DEFINITION",
      /got 0/,
    ],
    [
      "clear without a word",
      () => fixture().registry.clear(untyped({})),
      "MI_REGISTRY_USAGE",
      /clear\(\{ confirm: true \}\)/,
    ],
  ])("%s", async (_name, work, code, message) => {
    const error = await errorOf(work);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test("every error is plain data for a log: name, code, message and details", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(1));
    const error = await errorOf(() => registry.get(Note, book.ecsId));
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "EntityTypeMismatchError",
      code: "MI_ENTITY_TYPE_MISMATCH",
      message: expect.stringContaining(`${book.ecsId} is a test.Book, not a test.Note`),
      details: { expected: "test.Note", actual: "test.Book", id: book.ecsId },
    });
  });

  test("a rule over the whole entity is reported without an empty path", async () => {
    class Pair extends entity(
      "test.Pair",
      { a: z.number(), b: z.number() },
      {
        check: ({ a, b }, report) => {
          if (a === b) report([], "a and b must differ");
        },
      },
    ) {}
    expect(await errorOf(() => new Pair({ a: 1, b: 1 }))).toMatchObject({
      message: "test.Pair refused: a and b must differ",
    });
    const registry = new EntityRegistry({ storage: fixture().storage });
    const pair = await registry.register(new Pair({ a: 1, b: 2 }));
    pair.b = 1;
    expect((await errorOf(() => pair.fork())).message).toContain(pair.lineageId);
  });
});
