import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, ref, UnknownEntity } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";
import { at, Link, Note, note, usage, Usage } from "./fixtures/library.ts";

class PersonV1 extends entity("test.Person", {
  name: z.string(),
  friends: z.array(ref(Link)).default([]),
}) {}

class PersonV2 extends entity(
  "test.Person",
  {
    first: z.string(),
    last: z.string(),
    friends: z.array(ref(Link)).default([]),
    nick: z.string().default("none"),
  },
  {
    version: 2,
    upcast(fields) {
      const [first = "", last = ""] = String(fields["name"]).split(" ");
      return { first, last, friends: fields["friends"] };
    },
  },
) {}

class PersonSince extends entity("test.Person", {
  name: z.string(),
  friends: z.array(ref(Link)).default([]),
  tags: z.array(z.string()).default(["new"]),
}) {}

async function stored(): Promise<{ storage: MemoryStorage; old: PersonV1 }> {
  const storage = new MemoryStorage();
  const registry = new EntityRegistry({ storage, types: [PersonV1] });
  const old = await registry.register(
    new PersonV1({ name: "Ada Lovelace", friends: [new Link({ name: "Charles" })] }),
  );
  return { storage, old };
}

describe("Schema evolution", () => {
  test("an older record is brought to the new shape when it is read, and is not modified by that", async () => {
    const { storage, old } = await stored();
    const registry = new EntityRegistry({ storage, types: [PersonV2] });
    const person = await registry.getOrThrow(PersonV2, old.ecsId);
    expect([person.first, person.last, person.nick]).toEqual(["Ada", "Lovelace", "none"]);
    expect(person.hasModifications()).toBe(false);
    await person.fork();
    expect((await registry.status()).versions).toBe(2);
    expect(await registry.coldSnapshot(old.ecsId)).toMatchObject({ schemaVersion: 1 });
  });

  test("it is written in the new shape once something changes, in it or below it", async () => {
    for (const change of [
      (person: PersonV2) => (person.nick = "Countess"),
      (person: PersonV2) => (at(person.friends, 0).name = "Babbage"),
    ]) {
      const { storage, old } = await stored();
      const registry = new EntityRegistry({ storage, types: [PersonV2] });
      const person = await registry.getOrThrow(PersonV2, old.ecsId);
      change(person);
      await person.fork();
      const record = await registry.coldSnapshot(person.ecsId);
      expect(record?.schemaVersion).toBe(2);
      expect(record?.data).toContain('"first":"Ada"');
      const again = await registry.getOrThrow(PersonV2, person.ecsId);
      expect(again.toObject()).toEqual(person.toObject());
    }
  });

  test("an upcast that throws, or answers no fields, is told by the version that it was given", async () => {
    const storage = new MemoryStorage();
    const registry = new EntityRegistry({ storage });
    class First extends entity("test.Failing", { name: z.string() }) {}
    const first = await registry.register(new First({ name: "Ana" }));
    const fault = new Error("no family name");
    const caught = (error: unknown): unknown => error;
    const answers: readonly [() => never, unknown, string][] = [
      [
        () => {
          throw fault;
        },
        fault,
        "upcast() threw: no family name",
      ],
      [() => undefined as never, undefined, "upcast() must answer the fields, an object"],
    ];
    for (const [upcast, cause, problem] of answers) {
      class Second extends entity("test.Failing", { family: z.string() }, { version: 2, upcast }) {}
      const later = new EntityRegistry({ storage, types: [Second] });
      const thrown: unknown = await later.getOrThrow(Second, first.ecsId).catch(caught);
      expect(thrown).toMatchObject({ code: "MI_ENTITY_INVALID" });
      expect(String(thrown)).toContain(
        `test.Failing ${first.lineageId} refused: ${problem} (version ${first.ecsId} of schema version 1)`,
      );
      expect(Object(thrown).cause).toBe(cause);
    }
  });

  test("what an upcast answers is checked", async () => {
    class Broken extends entity(
      "test.Person",
      { age: z.number() },
      { version: 2, upcast: () => ({ age: "old" }) },
    ) {}
    const { storage, old } = await stored();
    const registry = new EntityRegistry({ storage, types: [Broken] });
    await expect(registry.get(Broken, old.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_INVALID",
      issues: [{ path: ["age"] }],
    });
  });

  test("a field that came later has its default, and touching another one changes nothing else", async () => {
    const { storage, old } = await stored();
    const registry = new EntityRegistry({ storage, types: [PersonSince] });
    const person = await registry.getOrThrow(PersonSince, old.ecsId);
    expect(person.tags).toEqual(["new"]);
    expect(person.hasModifications()).toBe(false);
    person.name = "Ada";
    person.name = "Ada Lovelace";
    expect(person.hasModifications()).toBe(false);
    person.tags.push("x");
    await person.fork();
    expect((await registry.getOrThrow(PersonSince, person.ecsId)).tags).toEqual(["new", "x"]);
  });

  test("an older program keeps what a newer one wrote, and its version", async () => {
    const { storage, old } = await stored();
    const newer = new EntityRegistry({ storage, types: [PersonV2] });
    const person = await newer.getOrThrow(PersonV2, old.ecsId);
    person.nick = "Countess";
    await person.fork();
    class Reader extends entity("test.Person", { last: z.string() }) {}
    const older = new EntityRegistry({ storage, types: [Reader] });
    const read = await older.getOrThrow(Reader, person.ecsId);
    read.last = "King";
    await read.fork();
    const again = await newer.getOrThrow(PersonV2, read.ecsId);
    expect(again.toObject()).toMatchObject({
      first: "Ada",
      last: "King",
      nick: "Countess",
      friends: [{ name: "Charles" }],
    });
  });

  test("a type that nobody knows here is frozen: kept, moved and replaced, not changed", async () => {
    const storage = new MemoryStorage();
    class Plugin extends entity("test.Plugin", { size: z.number(), note: ref(Note) }) {}
    class Host extends entity("test.Host", {
      plugins: z.array(z.union([ref(Plugin), ref(Note)])).default([]),
      main: ref(Plugin).nullable().default(null),
    }) {}
    class Partly extends entity("test.Host", {
      plugins: z.array(ref(Note)).default([]),
      main: ref(Note).nullable().default(null),
    }) {}
    const full = new EntityRegistry({ storage, types: [Host] });
    const plugin = new Plugin({ size: 1, note: note("held") });
    const host = await full.register(new Host({ plugins: [note("a"), plugin], main: plugin }));
    const before = await full.coldSnapshot(plugin.ecsId);

    const some = new EntityRegistry({ storage, types: [Partly] });
    const loaded = await some.getOrThrow(Partly, host.ecsId);
    const unknown: unknown = loaded.plugins[1];
    if (!(unknown instanceof UnknownEntity)) throw new Error("it is known");
    expect([Object.isFrozen(unknown), unknown.type, loaded.main]).toEqual([
      true,
      "test.Plugin",
      unknown,
    ]);
    expect(Object.freeze(unknown)).toBe(unknown);
    for (const change of [
      () => Reflect.set(unknown, "size", 2),
      () => Object.assign(unknown, { more: 1 }),
      () => Object.defineProperty(unknown, "size", { value: 2 }),
    ])
      expect(change).toThrow(/test\.Plugin .* can be kept, moved or replaced, not changed/);
    expect(Object.isFrozen(unknown.record)).toBe(true);
    expect(loaded.hasModifications()).toBe(false);
    loaded.plugins.reverse();
    loaded.main = null;
    await loaded.fork();
    const again = await full.getOrThrow(Host, loaded.ecsId);
    expect(again.plugins[0]).toMatchObject({ size: 1, ecsId: plugin.ecsId });
    expect(await full.coldSnapshot(plugin.ecsId)).toEqual(before);
  });

  test("M2 a list that its record keeps in another way takes changes in place", async () => {
    const storage = new MemoryStorage();
    class Old extends entity("test.Shelf", { notes: z.array(ref(Note).nullable()).default([]) }) {}
    class New extends entity(
      "test.Shelf",
      { notes: z.array(ref(Note)).default([]) },
      { version: 2 },
    ) {}
    const old = new EntityRegistry({ storage, types: [Old] });
    const present = new EntityRegistry({ storage, types: [New] });
    const { ecsId } = await old.register(new Old({ notes: [note("1")] }));
    const shelf = await present.getOrThrow(New, ecsId);
    expect(shelf.hasModifications()).toBe(false);
    shelf.notes.push(note("2"));
    await shelf.fork();
    const texts = (one: New): (string | null)[] => one.notes.map(({ content }) => content);
    expect(texts(await present.getOrThrow(New, shelf.ecsId))).toEqual(["1", "2"]);
    const back = await old.getOrThrow(Old, shelf.ecsId);
    expect(back.hasModifications()).toBe(false);
    back.notes.push(null);
    await back.fork();
    expect((await old.getOrThrow(Old, back.ecsId)).notes).toHaveLength(3);
  });

  test("upcast is given entities in a merge too, on both sides and in what they came from", async () => {
    const storage = new MemoryStorage();
    class Old extends entity("test.Review", {
      title: z.string(),
      page: ref(Note),
      more: z.array(ref(Note)),
    }) {}
    class New extends entity(
      "test.Review",
      {
        title: z.string(),
        page: ref(Note),
        more: z.array(ref(Note)),
        first: z.string(),
        count: z.number(),
      },
      {
        version: 2,
        upcast: ({ title, page, more }) => ({
          title,
          page,
          more,
          first: page instanceof Note ? (page.content ?? "").slice(0, 1) : "none",
          count: Array.isArray(more) ? more.length : -1,
        }),
      },
    ) {}
    const old = new EntityRegistry({ storage, types: [Old] });
    const review = await old.register(new Old({ title: "t", page: note("1"), more: [note("a")] }));
    const branch = await old.getOrThrow(Old, review.ecsId);
    branch.title = "branch";
    await branch.fork();
    review.page = note("z");
    await review.fork();
    const present = new EntityRegistry({ storage, types: [New] });
    const merged = await present.getOrThrow(New, review.ecsId);
    await present.merge(merged, branch.ecsId);
    expect(merged).toMatchObject({ title: "branch", first: "z", count: 1 });
    expect(merged.page.content).toBe("z");
  });
});

test("M1 fields that are declared in another order now, or stood behind unknown ones, make no needless version", async () => {
  class Before extends entity("test.Ordered", {
    gone: z.string(),
    a: z.string(),
    uses: z.array(ref(Usage)),
    main: ref(Usage),
    b: z.number(),
  }) {}
  class Now extends entity("test.Ordered", {
    b: z.number(),
    main: ref(Usage),
    late: z.string().optional(),
    uses: z.array(ref(Usage)),
    a: z.string(),
  }) {}
  const storage = new MemoryStorage();
  const old = await new EntityRegistry({ storage, types: [Before] }).register(
    new Before({ gone: "g", a: "x", uses: [usage(1), usage(2)], main: usage(3), b: 1 }),
  );
  const registry = new EntityRegistry({ storage, types: [Now] });
  const now = await registry.getOrThrow(Now, old.ecsId);
  expect(Object.keys(now)).toEqual(["b", "main", "uses", "a"]);
  now.a = "y";
  now.a = "x";
  now.uses.reverse();
  now.uses.reverse();
  expect(now.hasModifications()).toBe(false);
  await now.fork();
  expect(now.ecsId).toBe(old.ecsId);
  at(now.uses, 1).totalTokens = 20;
  now.main.totalTokens = 30;
  await now.fork();
  expect((await storage.stats()).versions).toBe(7);
  const again = await registry.getOrThrow(Now, now.ecsId);
  expect(again).toEqual(now);
  expect(again.uses.map(({ totalTokens }) => totalTokens)).toEqual([1, 20]);
  expect((await registry.coldSnapshot(now.ecsId))?.data).toContain('"gone":"g"');
});
