import { ManualClock } from "@mi/ecs/testing";
import type { Clause } from "../../clause.ts";
import { reopened } from "../reopened.ts";
import { Book, bookOf, Link, Note, registryOver } from "./core-types.ts";

export const coreIdentityClauses: readonly Clause[] = [
  {
    id: "C-400",
    level: "MUST",
    area: "core",
    title:
      "What was stored of an entity stays as it was, with its ids and times, while its warm copy changes and moves on.",
    why: "The cold snapshot is what everything is compared with.",
    rules: ["I1"],
    async run(t) {
      let storage = await t.open();
      const clock = new ManualClock();
      const registry = registryOver(storage, { clock });
      const book = await registry.register(bookOf(3));
      const first = t.present(await registry.coldSnapshot(book.ecsId), "the cold snapshot");
      const times = [book.createdAt.getTime()];
      const ids = [book.ecsId];
      for (let i = 0; i < 3; i++) {
        clock.advance(1000);
        book.title = `title ${i}`;
        book.pages.push(new Note({ text: "more" }));
        await book.fork();
        ids.push(book.ecsId);
        times.push(book.createdAt.getTime());
      }
      t.equal(new Set(ids).size, 4, "the number of different ecsIds");
      storage = await reopened(t, storage);
      const later = registryOver(storage);
      t.equal(await later.coldSnapshot(first.ecsId), first, "the first cold snapshot");
      for (const [i, id] of ids.entries()) {
        const version = t.present(await later.get(Book, id), "an old version");
        t.equal(version.createdAt.getTime(), times[i], "when it was made");
        t.equal(version.pages.length, 3 + i, "how many pages it has");
      }
    },
  },
  {
    id: "C-401",
    level: "MUST",
    area: "core",
    title:
      "All versions of an entity have one lineageId, each knows the one it was forked from, and the ids of before come from the lineage.",
    why: "Lineage is the reason to keep versions at all.",
    rules: ["I2", "I5"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const note = await registry.register(new Note({ text: "0" }));
      const { lineageId } = note;
      const ids = [note.ecsId];
      for (let i = 1; i < 6; i++) {
        note.text = String(i);
        await note.fork();
        t.equal([note.lineageId, note.parentId], [lineageId, ids.at(-1)], "lineage and parent");
        ids.push(note.ecsId);
      }
      t.equal(await note.oldIds(), ids.slice(0, -1), "the old ids of the warm copy");
      const loaded = t.present(await registry.get(Note, ids[3] ?? note.ecsId), "a version");
      t.equal(await loaded.oldIds(), ids.slice(0, 3), "the old ids of a loaded version");
      const lineage = await registry.lineage(lineageId);
      t.equal(
        lineage.versions.map(({ record }) => record.ecsId),
        ids,
        "the lineage",
      );
    },
  },
  {
    id: "C-402",
    level: "MUST",
    area: "core",
    title:
      "Two loads of one version share nothing that can change; inside one tree, sharing and cycles come back as they were.",
    why: "An edit in one part of a program must not show in another one that loaded the same thing.",
    rules: ["I3"],
    async run(t) {
      const registry = registryOver(await t.open());
      const shared = new Link({ name: "shared" });
      const [left, right] = ["l", "r"].map((name) => new Link({ name, next: shared }));
      const root = new Link({
        name: "root",
        children: [left, right, shared, shared].flatMap((l) => l ?? []),
      });
      shared.next = root;
      await registry.register(root);
      const one = t.present(await registry.get(Link, root.ecsId), "the first load");
      const other = t.present(await registry.get(Link, root.ecsId), "the second load");
      const [oneLeft, oneRight, oneShared, again] = one.children;
      t.ok(oneShared === again && oneLeft?.next === oneShared, "a shared link is one object");
      t.ok(oneRight?.next === oneShared && oneShared?.next === one, "the cycle is closed");
      t.ok(one !== other && one.liveId !== other.liveId, "two loads are two warm copies");
      one.children.pop();
      if (oneShared !== undefined) oneShared.name = "changed";
      t.equal(
        other.children.map(({ name }) => name),
        ["l", "r", "shared", "shared"],
        "the other",
      );
      t.equal([one.hasModifications(), other.hasModifications()], [true, false], "modified");
    },
  },
  {
    id: "C-403",
    level: "MUST",
    area: "core",
    title:
      "The object that a program holds stays the same one through every fork, and so do those that it holds.",
    why: "A program that had to swap its objects after each save would miss one.",
    rules: ["I4"],
    async run(t) {
      const registry = registryOver(await t.open());
      const book = await registry.register(bookOf(2));
      const pages = [...book.pages];
      const ids = [book.ecsId];
      for (let i = 0; i < 3; i++) {
        const page = t.present(book.pages[i % 2], "a page");
        page.text += "!";
        t.ok((await book.fork()) === book, "fork answers the object itself");
        t.ok(book.pages[0] === pages[0] && book.pages[1] === pages[1], "the pages are the same");
        t.ok(!ids.includes(book.ecsId), "the ecsId moved on");
        ids.push(book.ecsId);
      }
      const loaded = t.present(await registry.get(Book, book.ecsId), "the newest version");
      t.equal(loaded.toObject(), book.toObject(), "the newest version, loaded");
    },
  },
];
