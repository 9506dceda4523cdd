import { z } from "zod";
import { entity, EntityRegistry, entityTracer, lineageRef, MiError, ref } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";

class Author extends entity("Author", { name: z.string().min(1) }) {}

class Note extends entity(
  "Note",
  {
    text: z.string(),
    stars: z.number().int().default(0),
    author: ref(Author).nullable().default(null), // part of the note
    answers: lineageRef<Note>((): unknown => Note)
      .nullable()
      .default(null), // only its name
    meta: z.record(z.string(), z.json()).default({}),
  },
  {
    check({ text, stars }, report) {
      if (stars > 0 && text === "") report("text", "an empty note can't have stars");
    },
  },
) {
  get isAnswer(): boolean {
    return this.answers !== null;
  }
}

class Notebook extends entity("Notebook", {
  title: z.string(),
  notes: z.array(ref(Note)).default([]),
}) {}

const registry = new EntityRegistry({ storage: new MemoryStorage() });
const ana = new Author({ name: "Ana" });
const first = new Note({ text: "Where to?", author: ana });
const second = new Note({ text: "Lisbon.", author: ana, answers: first.lineageId });
const book = new Notebook({ title: "trip", notes: [first, second] });
await registry.register(book, { actor: "ana" });

// --- change
first.meta["mood"] = { curious: true };
console.log(book.modifications().map(({ entity, kind }) => [entity.constructor.name, kind]));
const before = book.ecsId;
await book.fork({ actor: "ana", reason: "a thought" });
console.log(book.parentId === before, book.hasModifications(), second.parentId);

try {
  first.stars = 1.5;
} catch (error) {
  console.log(MiError.is(error) && error.code, first.stars);
}

// --- history
const lineage = await registry.lineage(book.lineageId);
console.log(lineage.versions.length, lineage.heads[0] === book.ecsId);

const { changed, unchanged } = await registry.diffTrees(before, book.ecsId);
for (const { type, changes } of changed)
  console.log(
    type,
    changes.map(({ kind, path }) => `${kind} ${path.join(".")}`),
  );
console.log(unchanged, "unchanged");

// --- audit
for await (const { actor, reason, versions } of registry.commits({ lineageId: first.lineageId }))
  console.log(actor, reason, versions.length);

// --- merge
const theirs = await registry.getOrThrow(Notebook, book.ecsId); // a second warm copy
theirs.title = "journey";
theirs.notes.push(new Note({ text: "By train?" }));
await theirs.fork();

book.title = "trip to Lisbon";
book.notes.push(new Note({ text: "By boat?" }));
await book.fork();
console.log((await registry.heads(book.lineageId)).length, "heads");

const { conflicts } = await registry.merge(book, theirs, { preview: true });
console.log(conflicts.map(({ path, ours, theirs }) => [path, ours, theirs]));
await registry.merge(book, theirs, { resolve: () => "ours" });
console.log(
  book.title,
  book.notes.map(({ text }) => text),
);

// --- revert
await book.revert(before, { context: { actor: "bo", reason: "start again" } });
console.log(book.title, book.notes.length, (await book.oldIds()).length);
await registry.refs.set("start", before);
console.log((await registry.refs.get("start")) === before);

// --- tracing
const answer = entityTracer(async function answer(notebook: Notebook, text: string) {
  const question = notebook.notes.at(-1);
  notebook.notes.push(new Note({ text, answers: question?.lineageId ?? null }));
  if (text === "") throw new Error("nothing to say");
});
await answer(book, "In May.");
await answer(book, "").catch((error: unknown) => {
  console.log(String(error), book.notes.length, book.hasModifications());
});
for await (const { operation, versions } of registry.commits({ operation: "answer" }))
  console.log(operation, versions.length);

await registry.transaction(
  async () => {
    const loaded = await registry.getOrThrow(Notebook, book.ecsId);
    loaded.title = "Lisbon";
  },
  { actor: "bo" },
);

// --- scopes
await registry.run(
  async () => {
    const note = new Note({ text: "made in a scope" });
    console.log((await registry.status()).pending);
    console.log((await Note.get(note.ecsId))?.text, (await registry.status()).pending);
    new Note({ text: "registered when the scope returns" });
  },
  { actor: "job-7", correlationId: "run-1" },
);
for await (const { actor, correlationId, versions } of registry.commits({ actor: "job-7" }))
  console.log(actor, correlationId, versions.length);

// --- writers
const careful = new EntityRegistry({ storage: registry.storage, onConflict: "fail" });
const mine = await careful.getOrThrow(Author, ana.ecsId);
ana.name = "Ana Luz";
await ana.fork();
mine.name = "Ana Sol";
try {
  await mine.fork();
} catch (error) {
  console.log(MiError.is(error) && error.code);
}
await mine.fork({ onConflict: "branch" });
console.log((await careful.heads(ana.lineageId)).length, "heads");

// --- evolution
class AuthorV2 extends entity(
  "Author",
  { given: z.string(), family: z.string() },
  {
    version: 2,
    upcast({ name }) {
      const [given = "", family = ""] = String(name).split(" ");
      return { given, family };
    },
  },
) {}
const later = new EntityRegistry({ storage: registry.storage, types: [AuthorV2] });
const luz = await later.getOrThrow(AuthorV2, ana.ecsId);
console.log(luz.given, luz.family, luz.hasModifications());

// --- weak
const reply = book.notes.at(-1);
const question = await reply?.resolve("answers", { within: book });
console.log(question?.text, question === book.notes.at(-2));
first.answers = new Note({ text: "never stored" }).lineageId;
console.log(await first.resolve("answers"));

// --- values
const tags = ["a"];
first.meta["tags"] = tags;
tags.push("b"); // the note has its own copy
console.log(first.meta["tags"]);
try {
  first.meta["rating"] = { stars: Number.NaN };
} catch (error) {
  console.log(MiError.is(error) && error.message.replace(first.lineageId, "…"));
}

// --- exchange
const elsewhere = new EntityRegistry({ storage: new MemoryStorage() });
const bundle = []; // or write each line to a file; importBundle takes its text, or its lines as they come
for await (const line of registry.exportLineages(book.lineageId)) bundle.push(line);
const imported = await elsewhere.importBundle(bundle);
const again = await elsewhere.importBundle(bundle);
console.log(imported.committed > 0, again.committed);

// --- events
const stop = elsewhere.on("commit", ({ header, versions }) => {
  console.log(header.actor, versions.map(({ type }) => type).join(", "));
});
await elsewhere.register(new Author({ name: "Bo" }), { actor: "bo" });
stop();
