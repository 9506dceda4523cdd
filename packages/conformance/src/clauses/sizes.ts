import type { Clause } from "../clause.ts";
import { hostileText } from "../fixtures/hostile-text.ts";
import { checkStored, committed } from "./expectations.ts";
import { allPages, visibleState } from "./visible-state.ts";

const megabyte = 2 ** 20;

export const sizeClauses: readonly Clause[] = [
  {
    id: "C-146",
    level: "MUST",
    area: "text",
    title: "A medium takes data of ten megabytes, and reads it back whole.",
    why: "A document or a picture in a message is as long as that; it must be possible to save it.",
    async run(t) {
      const storage = await t.open();
      const most = t.medium.facts.maxPayloadBytes;
      t.ok(most >= 10 * megabyte, `maxPayloadBytes, which is ${most}, is ten megabytes or more`);
      const data = `{"text":"${"0123456789abcdef".repeat((10 * megabyte) / 16 - 1)}"}`;
      const version = t.make.version({ data });
      const { commit, sequence } = await committed(t, storage, { versions: [version] });
      await checkStored(t, storage, [version], commit, sequence);
    },
  },
  {
    id: "C-147",
    level: "MUST",
    area: "text",
    title: "Header texts of 100,000 characters and metadata of one megabyte are read back whole.",
    why: "A reason may be the whole answer of a reviewer.",
    async run(t) {
      const storage = await t.open();
      const header = t.make.header({
        operation: "o".repeat(100_000),
        actor: "é".repeat(100_000),
        reason: "😀".repeat(50_000),
        correlationId: "c".repeat(100_000),
        metadata: `{"text":"${"m".repeat(megabyte)}"}`,
      });
      const { sequence } = await committed(t, storage, { header });
      const { items } = await storage.commits({}, { limit: 2 });
      t.equal(items, [{ ...header, sequence }], "the commits");
    },
  },
  {
    id: "C-148",
    level: "MUST",
    area: "text",
    title:
      "Data of every length around the powers of two is read back whole, wherever a character ends.",
    why: "Buffers and columns have sizes; what is longer by one byte, or ends inside a character, is cut.",
    async run(t) {
      const storage = await t.open();
      const lengths = Array.from({ length: 13 }, (_, i) => 2 ** (i + 4)).flatMap((n) => [
        n - 1,
        n,
        n + 1,
      ]);
      const texts = lengths.flatMap((n) => ["", "é", "😀"].map((end) => "x".repeat(n - 13) + end));
      const versions = texts.map((text) => t.make.version({ data: `{"text":"${text}"}` }));
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
    },
  },
  {
    id: "C-149",
    level: "MUST",
    area: "text",
    title: "A prefix of any text selects exactly the refs whose names begin with it.",
    why: "Folders of refs are listed and deleted by prefix, and people name them as they like.",
    async run(t) {
      const storage = await t.open();
      const version = t.make.version();
      const names = [...new Set(hostileText.flatMap((text) => [text, `${text}/1`, `x${text}`]))];
      const refMoves = names.map((name) => ({ name, to: version.ecsId }));
      await committed(t, storage, { versions: [version], refMoves });
      for (const prefix of hostileText) {
        const found = await allPages((page) => storage.refs({ prefix }, page), 20);
        t.equal(
          found.map(({ name }) => name),
          names.filter((name) => name.startsWith(prefix)).toSorted(),
          `the names that begin with ${JSON.stringify(prefix)}`,
        );
      }
    },
  },
  {
    id: "C-150",
    level: "MUST",
    area: "text",
    title: "No text in any query or cursor changes what is stored, or what other queries answer.",
    why: "Filters come from users too; the holes of databases were found in keys and filters, not in values.",
    async run(t) {
      const storage = await t.open();
      const version = t.make.version({ lists: [[]] });
      await committed(t, storage, {
        versions: [version, t.make.version({ parent: version })],
        header: { actor: "ada", operation: "fork" },
        refMoves: [{ name: "main", to: version.ecsId }],
      });
      const before = await visibleState(storage);
      for (const text of hostileText) {
        const page = { limit: 3 };
        const answers = [
          await storage.versions({ types: [text] }, page),
          await storage.commits({ actor: text }, page),
          await storage.commits({ operation: text, correlationId: text }, page),
          await storage.refs({ names: [text] }, page),
          await storage.refs({ prefix: `${text}-` }, page),
        ];
        t.equal(
          answers.map(({ items }) => items),
          [[], [], [], [], []],
          `what is found by ${JSON.stringify(text)}`,
        );
        // A cursor that no listing gave is refused or leads nowhere in particular; it does no harm.
        const lists = [
          storage.versions({}, { ...page, after: text }),
          storage.refs({}, { ...page, after: text }),
        ];
        await Promise.allSettled(lists);
      }
      t.equal(await visibleState(storage), before, "what is stored");
    },
  },
];
