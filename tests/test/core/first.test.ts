import { expect, test } from "@jest/globals";
import { z } from "zod";
import { entity, EntityRegistry, lineageRef, ref } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";

class Usage extends entity("Usage", { model: z.string(), totalTokens: z.number().int() }) {}
class Note extends entity("Note", {
  role: z.enum(["user", "assistant", "tool", "system"]),
  content: z.string().nullable(),
  usage: ref(Usage).nullable().default(null),
  replyTo: lineageRef("Note").nullable().default(null),
  tags: z.array(z.string()).default([]),
}) {
  get isRoot(): boolean {
    return this.replyTo === null;
  }
}
class Category extends entity("Category", {
  title: z.string(),
  parent: ref<Category>((): unknown => Category)
    .nullable()
    .default(null),
}) {}
class Book extends entity("Book", { pages: z.array(ref(Note)).default([]) }) {}
class Tool extends entity("Tool", { name: z.string() }) {}
class CallableTool extends Tool.extend("CallableTool", { inputSchema: z.json() }) {}
class Box extends entity("Box", { tools: z.array(ref(Tool)) }) {}

test("typing and first fork", async () => {
  const registry = new EntityRegistry({ storage: new MemoryStorage() });
  const book = new Book({});
  for (let i = 0; i < 100; i++) book.pages.push(new Note({ role: "user", content: `n${i}` }));
  const n: number | undefined = book.pages[0]?.usage?.totalTokens;
  expect(n).toBeUndefined();
  await registry.register(book);
  expect((await registry.status()).versions).toBe(101);
  const page = book.pages[3];
  if (!page) throw new Error();
  page.content = "changed";
  expect(book.hasModifications()).toBe(true);
  const before = book.ecsId;
  await book.fork();
  expect(book.ecsId).not.toBe(before);
  expect((await registry.status()).versions).toBe(103);
  await book.fork();
  expect((await registry.status()).versions).toBe(103);
  page.tags.push("x");
  await book.fork({ actor: "me" });
  expect((await registry.status()).versions).toBe(105);
  const loaded = await registry.getOrThrow(Book, book.ecsId);
  expect(loaded.pages[3]?.tags).toEqual(["x"]);
  expect(loaded.pages[3]?.isRoot).toBe(true);
  expect(loaded).toEqual(book);
  expect(loaded.hasModifications()).toBe(false);
  loaded.pages.splice(10, 1);
  await loaded.fork();
  expect(loaded.pages.length).toBe(99);
  const again = await registry.getOrThrow(Book, loaded.ecsId);
  expect(again.toObject()).toEqual(loaded.toObject());
  console.log((await registry.lineage(book.lineageId)).toMermaid());
  console.log(again.pages[3], JSON.stringify(again.pages[3]));
  const c = new Category({ title: "a" });
  c.parent = c;
  await registry.register(c);
  console.log(await registry.getOrThrow(Category, c.ecsId));
  const box = await registry.register(
    new Box({ tools: [new CallableTool({ name: "t", inputSchema: { a: 1 } })] }),
  );
  const b2 = await registry.getOrThrow(Box, box.ecsId);
  expect(b2.tools[0]).toBeInstanceOf(CallableTool);
  const it = b2.tools[0];
  if (it instanceof CallableTool) expect(it.inputSchema).toEqual({ a: 1 });
  // @ts-expect-error wrong role
  expect(() => new Note({ role: "nobody", content: "" })).toThrow(/role/);
});
