import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, lineageRef, ref, type EcsId, type EntityStorage } from "@mi/ecs";
import { ManualClock } from "@mi/ecs/testing";
import { MemoryStorage } from "@mi/storage-memory";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Link,
  note,
  Note,
  usage,
} from "../core/fixtures/library.ts";

class Course extends entity("test.Course", {
  title: z.string(),
  students: z.array(ref<Student>((): unknown => Student)).default([]),
}) {}

class Student extends entity("test.Student", {
  name: z.string(),
  courses: z.array(ref<Course>((): unknown => Course)).default([]),
}) {}

/** An association with data of its own. */
class Membership extends entity("test.Membership", {
  student: ref(Student),
  course: ref(Course),
  role: z.string(),
}) {}

class Person extends entity("test.Person", {
  name: z.string(),
  owner: lineageRef("test.Person").nullable().default(null),
  parent: ref<Person>((): unknown => Person)
    .nullable()
    .default(null),
}) {}

const storages: readonly (readonly [string, () => Promise<EntityStorage> | EntityStorage])[] = [
  ["memory", () => new MemoryStorage()],
  ["SQLite", () => SqliteStorage.open(":memory:")],
];

describe.each(storages)("Versions, stored in %s", (_name, open) => {
  test("one-to-many: each version reads back exactly what it held, in its order", async () => {
    const { registry } = fixture(await open());
    const [a, b, c] = [note("a1"), note("b1"), note("c1")];
    const owner = await registry.register(new Book({ title: "v1", pages: [a, b] }));
    const held: [EcsId, readonly EcsId[], readonly (string | null)[]][] = [];
    const keep = (): void => {
      held.push([owner.ecsId, owner.pages.map(({ ecsId }) => ecsId), contents(owner)]);
    };
    keep();
    b.content = "b2";
    owner.pages.push(c);
    await owner.fork();
    keep();
    a.content = "a2";
    owner.pages.reverse();
    await owner.fork();
    keep();
    for (const [id, pages, texts] of held) {
      const loaded = await registry.getOrThrow(Book, id);
      expect(loaded.pages.map(({ ecsId }) => ecsId)).toEqual(pages);
      expect(contents(loaded)).toEqual(texts);
    }
    expect(held.map(([, , texts]) => texts)).toEqual([
      ["a1", "b1"],
      ["a1", "b2", "c1"],
      ["c1", "b2", "a2"],
    ]);
  });

  test("one-to-one: a change of the target versions both; null and another target version the owner", async () => {
    const { registry, made } = fixture(await open());
    const page = await registry.register(new Note({ content: "x", usage: usage(1) }));
    await made();
    if (page.usage) page.usage.totalTokens = 2;
    await page.fork();
    expect(await made()).toBe(2);
    page.usage = null;
    await page.fork();
    expect(await made()).toBe(1);
    page.usage = usage(3);
    await page.fork();
    expect(await made()).toBe(2);
    const versions = (await registry.lineage(page.lineageId)).versions.map(
      ({ record }) => record.ecsId,
    );
    const tokens = await Promise.all(
      versions.map(async (id) => (await registry.getOrThrow(Note, id)).usage?.totalTokens),
    );
    expect(tokens).toEqual([1, 2, undefined, 3]);
  });

  test("many-to-many: both directions agree in each version, and old ones keep the old ones", async () => {
    const { registry } = fixture(await open());
    const [maths, art] = [new Course({ title: "maths" }), new Course({ title: "art" })];
    const [ana, ben] = [new Student({ name: "ana" }), new Student({ name: "ben" })];
    for (const [student, course] of [
      [ana, maths],
      [ana, art],
      [ben, maths],
    ] as const) {
      student.courses.push(course);
      course.students.push(student);
    }
    await registry.register(maths);
    const first = maths.ecsId;
    ben.name = "benjamin";
    art.students.push(ben);
    ben.courses.push(art);
    await maths.fork();
    for (const [id, wanted] of [
      [first, { ana: ["maths", "art"], ben: ["maths"] }],
      [maths.ecsId, { ana: ["maths", "art"], benjamin: ["maths", "art"] }],
    ] as const) {
      const loaded = await registry.getOrThrow(Course, id);
      expect(
        Object.fromEntries(
          loaded.students.map(({ name, courses }) => [name, courses.map(({ title }) => title)]),
        ),
      ).toEqual(wanted);
      for (const student of loaded.students)
        for (const course of student.courses) expect(course.students).toContain(student);
    }
  });

  test("an association gets a version with either side, and an old one describes the old pair", async () => {
    const { registry } = fixture(await open());
    const membership = await registry.register(
      new Membership({
        student: new Student({ name: "ana" }),
        course: new Course({ title: "maths" }),
        role: "guest",
      }),
    );
    membership.course.title = "logic";
    await membership.fork();
    membership.student.name = "anna";
    await membership.fork();
    membership.role = "member";
    await membership.fork();
    const { versions } = await registry.lineage(membership.lineageId);
    const told = await Promise.all(
      versions.map(async ({ record }) => {
        const { student, course, role } = await registry.getOrThrow(Membership, record.ecsId);
        return [student.name, course.title, role];
      }),
    );
    expect(told).toEqual([
      ["ana", "maths", "guest"],
      ["ana", "logic", "guest"],
      ["anna", "logic", "guest"],
      ["anna", "logic", "member"],
    ]);
  });

  test("a field called parent is a field like any other, and a chain of weak references is walked to its root", async () => {
    const { registry } = fixture(await open());
    const root = await registry.register(new Person({ name: "root" }));
    const middle = await registry.register(new Person({ name: "middle", owner: root.lineageId }));
    const leaf = await registry.register(
      new Person({ name: "leaf", owner: middle.lineageId, parent: root }),
    );
    const before = leaf.ecsId;
    root.name = "renamed";
    await leaf.fork();
    expect((await registry.diff(before, leaf.ecsId)).changes.map(({ path }) => path)).toEqual([
      ["parent"],
    ]);
    expect((await registry.getOrThrow(Person, before)).parent?.name).toBe("root");
    expect((await registry.getOrThrow(Person, leaf.ecsId)).parent?.name).toBe("renamed");
    const names = [];
    for (let next: Person | undefined = leaf; next !== undefined;) {
      names.push(next.name);
      next = next.owner === null ? undefined : await registry.latest(Person, next.owner);
    }
    expect(names).toEqual(["leaf", "middle", "renamed"]);
  });

  test("in a circle the old versions of all its members stay what they were", async () => {
    const { registry } = fixture(await open());
    const links = ["a", "b", "c"].map((name) => new Link({ name }));
    for (const [index, link] of links.entries()) link.next = at(links, (index + 1) % 3);
    const [a, , c] = links;
    if (a === undefined || c === undefined) throw new Error("three were made");
    await registry.register(a);
    const before = links.map(({ ecsId }) => ecsId);
    c.name = "changed";
    await a.fork();
    expect(links.map(({ ecsId }, index) => ecsId === before[index])).toEqual([false, false, false]);
    const old = await registry.getOrThrow(Link, at(before, 0));
    expect([old.name, old.next?.name, old.next?.next?.name]).toEqual(["a", "b", "c"]);
    expect(old.next?.next?.next).toBe(old);
  });

  test("a version has the time at which it was made, and at one time storage order decides which is the latest", async () => {
    const { registry, clock } = fixture(await open());
    // Made in the registry's time.
    const page = await registry.run(() => registry.register(note("0")));
    for (const content of ["1", "2", "3"]) {
      page.content = content;
      await page.fork();
    }
    clock.advance(1_000);
    page.content = "4";
    await page.fork();
    const { versions } = await registry.lineage(page.lineageId);
    const times = versions.map(({ record }) => Date.parse(record.createdAt));
    expect(times.map((time) => time - at(times, 0))).toEqual([0, 0, 0, 0, 1_000]);
    const texts = await Promise.all(
      versions.map(async ({ record }) => (await registry.getOrThrow(Note, record.ecsId)).content),
    );
    expect(texts).toEqual(["0", "1", "2", "3", "4"]);
    expect((await registry.latest(Note, page.lineageId))?.content).toBe("4");
    expect((await registry.asOf(Note, page.lineageId, new Date(at(times, 0))))?.content).toBe("3");
  });

  test("the whole history of an entity is found from any of its versions", async () => {
    const { registry } = fixture(await open());
    const page = await registry.register(note("0"));
    const ids = [page.ecsId];
    for (const content of ["1", "2"]) {
      page.content = content;
      await page.fork();
      ids.push(page.ecsId);
    }
    for (const id of ids) {
      const lineageId = (await registry.coldSnapshot(id))?.lineageId ?? page.lineageId;
      const lineage = await registry.lineage(lineageId);
      expect(lineage.versions.map(({ record }) => record.ecsId)).toEqual(ids);
    }
    expect(await registry.hasLineage(page.lineageId)).toBe(true);
  });

  test("an unknown lineage has no versions, heads, children or latest, and nothing was ever its state", async () => {
    const { registry } = fixture(await open());
    await registry.register(note("known"));
    const { lineageId, ecsId } = note("never stored");
    const lineage = await registry.lineage(lineageId);
    expect([lineage.versions, lineage.roots, lineage.heads]).toEqual([[], [], []]);
    expect(lineage.toMermaid({ fenced: true })).toContain("No data available");
    expect(JSON.parse(JSON.stringify(lineage))).toEqual({
      lineageId,
      roots: [],
      heads: [],
      versions: [],
    });
    expect(await registry.heads(lineageId)).toEqual([]);
    expect(await registry.hasLineage(lineageId)).toBe(false);
    expect(await registry.childrenAcrossVersions(lineageId)).toEqual([]);
    expect(await registry.latest(Note, lineageId)).toBeUndefined();
    expect(await registry.asOf(Note, lineageId, new Date())).toBeUndefined();
    expect([await registry.get(Note, ecsId), await registry.has(ecsId)]).toEqual([
      undefined,
      false,
    ]);
    await expect(registry.ancestors(ecsId)).rejects.toMatchObject({ code: "MI_ENTITY_NOT_FOUND" });
    await expect(registry.diff(ecsId, ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_NOT_FOUND",
    });
  });

  test("nothing that is handed out reaches into history", async () => {
    const { registry } = fixture(await open());
    const book = await registry.register(bookOf(2));
    const record = await registry.coldSnapshot(book.ecsId);
    const lineage = await registry.lineage(book.lineageId);
    for (const part of [record, record?.refs, record?.lists, at(lineage.versions, 0).record])
      expect(Object.isFrozen(part)).toBe(true);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    at(loaded.pages, 0).content = "changed";
    loaded.pages.pop();
    Object(loaded.toObject()).pages.length = 0;
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "1"]);
    expect((await registry.coldSnapshot(book.ecsId))?.data).toBe(record?.data);
  });

  test("every change of a diff tells old and new alike, for plain data, references and lists", async () => {
    const { registry } = fixture(await open());
    const page = await registry.register(
      new Note({ content: "a", usage: usage(1), tags: ["x", "y"] }),
    );
    const [before, oldUsage] = [page.ecsId, page.usage?.ecsId];
    page.content = null;
    if (page.usage) page.usage.totalTokens = 2;
    page.tags.shift();
    await page.fork();
    const diff = await registry.diff(before, page.ecsId);
    expect(diff).toMatchObject({ type: "test.Note", lineageId: page.lineageId, from: before });
    expect(diff.changes).toMatchObject([
      { path: ["content"], kind: "modified", old: "a", new: null },
      {
        path: ["usage"],
        kind: "modified",
        old: { ref: oldUsage },
        new: { ref: page.usage?.ecsId },
      },
      { path: ["tags", 0], kind: "removed", old: "x" },
    ]);
    expect((await registry.diff(page.ecsId, before)).changes[0]).toMatchObject({
      old: null,
      new: "a",
    });
  });

  test("a long lineage with branches and merges is read, drawn and merged without a recursion limit", async () => {
    const storage = await open();
    const registry = new EntityRegistry({ storage, clock: new ManualClock() });
    const page = await registry.register(note("0"));
    const first = page.ecsId;
    for (let version = 1; version < 1_500; version++) {
      page.content = String(version);
      await page.fork();
    }
    const branch = await registry.getOrThrow(Note, first);
    branch.tags.push("branch");
    await branch.fork();
    await registry.merge(page, branch);
    expect([page.content, page.tags]).toEqual(["1499", ["branch"]]);
    const lineage = await registry.lineage(page.lineageId);
    expect([lineage.versions.length, lineage.heads]).toEqual([1_502, [page.ecsId]]);
    expect(Math.max(...lineage.versions.map(({ depth }) => depth))).toBe(1_500);
    expect(lineage.toMermaid().split("\n")).toHaveLength(1 + 1_502 + 1_501 + 1 + 1);
    expect(await registry.ancestors(page.ecsId)).toHaveLength(1_500);
    await page.revert(first);
    expect([page.content, page.tags]).toEqual(["0", []]);
    await storage.close();
  }, 60_000);
});
