/**
 * A user's first program. It is compiled and run against the packed packages, outside the workspace,
 * where nothing but what they declare is installed.
 */
import { entity, EntityRegistry, ref } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";

class Usage extends entity("Usage", { model: z.string(), totalTokens: z.number().int() }) {}

class Note extends entity("Note", {
  content: z.string(),
  usage: ref(Usage).nullable().default(null),
}) {}

class Book extends entity("Book", { pages: z.array(ref(Note)).default([]) }) {}

const registry = new EntityRegistry({ storage: new MemoryStorage() });
const usage = new Usage({ model: "small", totalTokens: 7 });
const book = await registry.register(new Book({ pages: [new Note({ content: "Hi", usage })] }));
const first = book.ecsId;

const page = book.pages[0];
if (page === undefined) throw new Error("The book has lost its page.");
page.content = "Hello";
// @ts-expect-error a wrong type is a compile error
const wrong: string | undefined = book.pages[0]?.usage?.totalTokens;
await book.fork();

const before = await registry.getOrThrow(Book, first);
const after = await registry.getOrThrow(Book, book.ecsId);
const seen = [
  before.pages[0]?.content,
  after.pages[0]?.content,
  after.pages[0]?.usage?.totalTokens,
];
if (JSON.stringify(seen) !== `["Hi","Hello",${String(wrong)}]`) {
  throw new Error(`Expected the old text, the new text and 7, got ${JSON.stringify(seen)}.`);
}
