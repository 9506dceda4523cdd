import { MiError } from "@mi/ecs";
import type { CommitEntry, EcsId } from "@mi/ecs";
import { ManualClock } from "@mi/ecs/testing";
import type { Clause } from "../../clause.ts";
import { reopened } from "../reopened.ts";
import { Book, bookOf, Note, registryOver } from "./core-types.ts";

export const coreHistoryClauses: readonly Clause[] = [
  {
    id: "C-420",
    level: "MUST",
    area: "core",
    title:
      "The audit trail tells of every commit who, when, why, by which operation, from which cause, and what it made.",
    why: "That is what an audit asks.",
    async run(t) {
      let storage = await t.open();
      const clock = new ManualClock();
      const registry = registryOver(storage, { clock, context: { actor: "service" } });
      const note = await registry.register(new Note({ text: "a" }));
      clock.advance(5000);
      note.text = "b";
      const cause = note.ecsId;
      const context = { reason: "typo", operation: "edit", correlationId: "r-1", cause };
      await note.fork({ ...context, metadata: { ticket: 7, tags: ["é"] } });
      storage = await reopened(t, storage);
      const entries: CommitEntry[] = [];
      for await (const entry of registryOver(storage).commits()) entries.push(entry);
      t.equal(entries.length, 2, "the number of commits");
      const [first, second] = entries;
      t.equal(first?.actor, "service", "the actor of the first");
      const { actor, reason, operation, correlationId, metadata } = { ...second };
      t.equal(
        { actor, reason, operation, correlationId, metadata, cause: second?.cause },
        { actor: "service", ...context, metadata: { ticket: 7, tags: ["é"] } },
        "what the second says",
      );
      t.equal(second?.createdAt.getTime(), clock.now(), "when the second was made");
      t.equal(
        second?.versions.map(({ ecsId }) => ecsId),
        [note.ecsId],
        "what the second made",
      );
    },
  },
  {
    id: "C-421",
    level: "MUST",
    area: "core",
    title:
      "With a clock that goes back or stands still the latest version is the one that was committed last, and the lineage is in its order.",
    why: "The newest answer must not vanish because a server's clock was corrected.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const clock = new ManualClock();
      const registry = registryOver(storage, { clock });
      const note = await registry.register(new Note({ text: "0" }));
      const root = note.ecsId;
      const ids = [root];
      for (const jump of [-3_600_000, 0, 0, -1, 86_400_000, -86_400_000]) {
        clock.advance(jump);
        const branch = t.present(await registry.get(Note, root), "the first version");
        branch.text = `at ${clock.now()} after ${ids.length}`;
        await branch.fork();
        ids.push(branch.ecsId);
        const latest = await registry.latest(Note, note.lineageId);
        t.equal([latest?.ecsId, latest?.text], [branch.ecsId, branch.text], "the latest");
        t.equal(latest?.createdAt.getTime(), clock.now(), "its time");
      }
      t.equal(await registry.heads(note.lineageId), ids.slice(1), "the heads");
      const lineage = await registry.lineage(note.lineageId);
      t.equal(
        lineage.versions.map(({ record }) => record.ecsId),
        ids,
        "the lineage",
      );
    },
  },
  {
    id: "C-422",
    level: "MUST",
    area: "core",
    title:
      "A conversation of 120 messages, saved after each and carried on by one instance after the other, can be loaded as it was at any point.",
    why: "This is what all of it is for.",
    rules: ["F1", "F4", "M3"],
    async run(t) {
      let storage = await t.open();
      let registry = registryOver(storage);
      let book = await registry.register(bookOf(0));
      const { lineageId } = book;
      const ids: EcsId[] = [book.ecsId];
      for (let i = 0; i < 120; i++) {
        if (i % 20 === 19) {
          storage = await reopened(t, storage);
          registry = registryOver(storage, { stream: i });
          book = t.present(await registry.latest(Book, lineageId), "the newest version");
        }
        book.pages.push(new Note({ text: String(i) }));
        await book.fork();
        ids.push(book.ecsId);
      }
      const stats = { versions: 241, lineages: 121, commits: 121 };
      t.equal(await storage.stats(), stats, "the stats");
      for (const length of [0, 1, 19, 20, 64, 119, 120]) {
        const id = t.present(ids[length], "an id");
        const version = t.present(await registry.get(Book, id), `version ${length}`);
        t.equal(
          version.pages.map(({ text }) => text),
          Array.from({ length }, (_, i) => String(i)),
          `the messages of version ${length}`,
        );
      }
    },
  },
  {
    id: "C-423",
    level: "MUST",
    area: "core",
    title:
      "Three programs that append to one book under onConflict fail, loading it again after each conflict, lose nothing and make no branch.",
    why: "Agents work on one thread at the same time.",
    rules: ["C2", "C1"],
    async run(t) {
      const first = await t.open();
      const { ecsId, lineageId } = await registryOver(first).register(bookOf(0));
      const writers = [first, await t.open(), await t.open()];
      await Promise.all(
        writers.map(async (storage, writer) => {
          const registry = registryOver(storage, { stream: writer + 1, onConflict: "fail" });
          for (let i = 0; i < 6;) {
            const book = t.present(await registry.latest(Book, lineageId), "the book");
            book.pages.push(new Note({ text: `${writer}.${i}` }));
            const outcome = await book.fork().then(
              () => undefined,
              (error: unknown) => error,
            );
            if (outcome === undefined) i++;
            else if (!MiError.is(outcome) || !mayTryAgain(outcome)) throw outcome;
          }
        }),
      );
      const registry = registryOver(first, { stream: 9 });
      t.equal((await registry.heads(lineageId)).length, 1, "the number of heads");
      const book = t.present(await registry.latest(Book, lineageId), "the book at last");
      const texts = book.pages.map(({ text }) => text);
      for (const writer of [0, 1, 2])
        t.equal(
          texts.filter((text) => text.startsWith(`${writer}.`)),
          Array.from({ length: 6 }, (_, i) => `${writer}.${i}`),
          "the pages of one writer, in its order",
        );
      t.equal(texts.length, 18, "the number of pages");
      t.equal((await registry.lineage(lineageId)).roots, [ecsId], "the roots of the lineage");
    },
  },
];

function mayTryAgain(error: MiError): boolean {
  return error.code === "MI_ENTITY_CONFLICT" || ("retryable" in error && error.retryable === true);
}
