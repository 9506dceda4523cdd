import { MiError } from "@mi/ecs";
import type { EcsId } from "@mi/ecs";
import type { Clause, ClauseContext } from "../../clause.ts";
import { visibleState } from "../visible-state.ts";
import { Book, bookOf, Note, registryOver } from "./core-types.ts";

export const coreForkClauses: readonly Clause[] = [
  {
    id: "C-409",
    level: "MUST",
    area: "core",
    title:
      "Editing note 3 of a loaded book of 100 makes two versions in one commit: the note and the book.",
    why: "Versions of what did not change hide what did.",
    rules: ["F1", "F2"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const { ecsId } = await registry.register(bookOf(100));
      const book = t.present(await registry.get(Book, ecsId), "the book");
      const page = t.present(book.pages[3], "its page 3");
      page.text = "changed";
      await book.fork();
      t.equal(await storage.stats(), { versions: 103, lineages: 101, commits: 2 }, "the stats");
      const { items } = await storage.versions({}, { limit: 200 });
      t.equal(
        items
          .slice(101)
          .map((info) => info.ecsId)
          .toSorted(),
        [book.ecsId, page.ecsId].toSorted(),
        "the versions that were made",
      );
      const loaded = t.present(await registry.get(Book, book.ecsId), "the new version");
      t.equal(
        loaded.pages.map(({ text }) => text),
        Array.from({ length: 100 }, (_, i) => (i === 3 ? "changed" : String(i))),
        "its pages",
      );
    },
  },
  {
    id: "C-410",
    level: "MUST",
    area: "core",
    title:
      "When the commit of a fork fails nothing has moved, neither in the warm copies nor in the storage, and no change is lost.",
    why: "A program tries again after an error; half a fork cannot be tried again.",
    rules: ["F2", "C2"],
    async run(t) {
      const [storage, other] = [await t.open(), await t.open()];
      const strict = registryOver(storage, { onConflict: "fail" });
      const { ecsId } = await strict.register(bookOf(3));
      const mine = t.present(await strict.get(Book, ecsId), "my copy");
      const theirs = t.present(
        await registryOver(other, { stream: 1 }).get(Book, ecsId),
        "their copy",
      );
      theirs.title = "theirs";
      await theirs.fork();
      const before = await visibleState(storage);
      mine.title = "mine";
      mine.pages.push(new Note({ text: "new" }));
      t.present(mine.pages[0], "a page").text = "changed";
      const error = await mine.fork().then(
        () => undefined,
        (failure: unknown) => failure,
      );
      t.equal(MiError.is(error) ? error.code : error, "MI_ENTITY_CONFLICT", "the error's code");
      const conflicts = MiError.is(error) ? error.details["conflicts"] : undefined;
      const told = Array.isArray(conflicts) ? conflicts : [];
      t.equal(
        told.map(({ lineageId, expected, actual }) => ({ lineageId, expected, actual })),
        [{ lineageId: mine.lineageId, expected: ecsId, actual: [theirs.ecsId] }],
        "the expected and the actual version that the error tells",
      );
      t.equal(await visibleState(storage), before, "what is stored");
      t.equal([mine.ecsId, mine.hasModifications()], [ecsId, true], "the warm copy");
      await mine.fork({ onConflict: "branch" });
      const loaded = t.present(await strict.get(Book, mine.ecsId), "the branch");
      t.equal(loaded.toObject(), mine.toObject(), "the branch as loaded");
      t.equal(await strict.heads(mine.lineageId), [theirs.ecsId, mine.ecsId], "the heads");
    },
  },
  {
    id: "C-411",
    level: "MUST",
    area: "core",
    title:
      "Registering or forking what is new stores it whole, once; doing it again stores nothing.",
    why: "Saving twice must not make history of it.",
    rules: ["F3", "C1"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const book = bookOf(2);
      await registry.run(() => book.fork());
      const once = await storage.stats();
      t.equal(once, { versions: 3, lineages: 3, commits: 1 }, "the stats after the first time");
      await book.fork();
      await registry.register(book);
      for (const page of book.pages) await registry.register(page);
      t.equal(await storage.stats(), once, "the stats after the second time");
      const second = new Book({ pages: [...book.pages] });
      await registry.register(second);
      t.equal((await storage.stats()).versions, 4, "the number of versions, with a second holder");
    },
  },
  {
    id: "C-412",
    level: "MUST",
    area: "core",
    title:
      "Any old version can be loaded, changed and forked: that is a branch, and both heads stay with all they hold.",
    why: "Every answer can be asked for again, from any point.",
    rules: ["F4"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const book = await registry.register(bookOf(3));
      const ids = [book.ecsId];
      for (let i = 3; i < 8; i++) {
        book.pages.push(new Note({ text: String(i) }));
        await book.fork();
        ids.push(book.ecsId);
      }
      const heads: EcsId[] = [book.ecsId];
      for (const [i, id] of ids.entries()) {
        const branch = t.present(await registry.get(Book, id), "an old version");
        branch.pages.splice(1, 1, new Note({ text: `branch ${i}` }));
        await branch.fork();
        t.equal(branch.parentId, id, "the parent of the branch");
        heads.push(branch.ecsId);
      }
      // The last branch went on from the newest version, which is no head any more.
      const expected = heads.slice(1);
      t.equal(await registry.heads(book.lineageId), expected, "the heads");
      for (const [i, id] of expected.entries())
        t.equal(await texts(t, registry, id), branchTexts(i), "the pages of a branch");
      for (const [i, id] of ids.entries())
        t.equal((await texts(t, registry, id)).length, 3 + i, "the length of an old version");
      t.equal((await registry.latest(Book, book.lineageId))?.ecsId, heads.at(-1), "the latest");
    },
  },
  {
    id: "C-413",
    level: "MUST",
    area: "core",
    title:
      "Two warm copies of one version in one tree count as one while they are equal, and are refused when they differ.",
    why: "Which of two changes counts cannot be guessed.",
    rules: ["F5"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const { ecsId } = await registry.register(new Note({ text: "a" }));
      const [one, other] = await registry.getMany(Note, [ecsId, ecsId]);
      const pages = [one, other].flatMap((note) => note ?? []);
      const book = await registry.register(new Book({ pages }));
      t.equal((await storage.stats()).versions, 2, "the number of versions");
      t.present(pages[0], "a page").text = "b";
      const before = await visibleState(storage);
      const error = await book.fork().then(
        () => undefined,
        (failure: unknown) => failure,
      );
      const code = MiError.is(error) ? error.code : error;
      t.equal(code, "MI_ENTITY_DUPLICATE_WARM_COPY", "the code of the error");
      t.equal(await visibleState(storage), before, "what is stored");
    },
  },
  {
    id: "C-414",
    level: "MUST",
    area: "core",
    title: "What a transaction changed is one commit when it returns, and nothing when it throws.",
    why: "A step of an agent touches many entities, and happened or did not.",
    rules: ["T1", "T2"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const books = [await registry.register(bookOf(2)), await registry.register(bookOf(1))];
      const before = await storage.stats();
      const work = async (): Promise<void> => {
        for (const { ecsId } of books) {
          const book = t.present(await registry.get(Book, ecsId), "a book");
          book.pages.push(new Note({ text: "in a transaction" }));
          t.present(book.pages[0], "a page").text = "changed";
        }
      };
      const failing = registry.transaction(async () => {
        await work();
        throw new RangeError("stop");
      });
      const error = await failing.catch((failure: unknown) => failure);
      t.ok(Object(error).message === "stop", "the error of the transaction comes through");
      t.equal(await storage.stats(), before, "what is stored after it threw");
      await registry.transaction(work, { actor: "ada" });
      const after = await storage.stats();
      t.equal(after.commits - before.commits, 1, "how many commits it made");
      t.equal(after.versions - before.versions, 6, "how many versions it made");
      const { items } = await storage.commits({ actor: "ada" }, { limit: 5 });
      t.equal(items.length, 1, "how many commits of its actor there are");
    },
  },
];

function branchTexts(branch: number): readonly string[] {
  const all = Array.from({ length: 3 + branch }, (_, i) => String(i));
  return all.toSpliced(1, 1, `branch ${branch}`);
}

async function texts(
  t: ClauseContext,
  registry: ReturnType<typeof registryOver>,
  id: EcsId,
): Promise<readonly string[]> {
  const book = t.present(await registry.get(Book, id), "a version of the book");
  return book.pages.map(({ text }) => text);
}
