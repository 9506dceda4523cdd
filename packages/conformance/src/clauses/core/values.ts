import { UnknownEntity } from "@mi/ecs";
import type { Clause } from "../../clause.ts";
import { hostileText } from "../../fixtures/hostile-text.ts";
import { committed } from "../expectations.ts";
import { reopened } from "../reopened.ts";
import { Book, Note, Person, registryOver, Values } from "./core-types.ts";

export const coreValueClauses: readonly Clause[] = [
  {
    id: "C-415",
    level: "MUST",
    area: "core",
    title:
      "Text of any kind is saved and loaded as it was: NUL, lone surrogates, quotes, every script, as values and as keys.",
    why: "Text from models and tools must never make a conversation impossible to save.",
    rules: ["M5"],
    async run(t) {
      let storage = await t.open();
      const texts = [...hostileText, "", "a\0b\0", "\ud800 \udfff x\udbff", "\0", "\udc00\ud800"];
      const registry = registryOver(storage);
      const made = [];
      for (const text of texts) {
        const data = { text, [text]: [text, { [text]: text }] };
        made.push(await registry.register(new Values({ data })));
      }
      storage = await reopened(t, storage);
      const loaded = await registryOver(storage).getMany(
        Values,
        made.map(({ ecsId }) => ecsId),
      );
      for (const [i, values] of loaded.entries()) {
        t.equal(values?.toObject(), made[i]?.toObject(), `with ${JSON.stringify(texts[i])}`);
        t.equal(values?.hasModifications(), false, "whether it is modified after the load");
      }
    },
  },
  {
    id: "C-416",
    level: "MUST",
    area: "core",
    title:
      "Numbers, big integers, dates, deep nesting, keys that mean something to JavaScript, and their order come back exactly.",
    why: "A type of an engine that is nearly the same loses the last digit, the last millisecond or the order.",
    rules: ["M5"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
      const keys: unknown = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":1,"$ref":0,"$list":[1],"$$":2,"10":1,"9":2,"":5}',
      );
      const data = {
        numbers: [0, -1, 2 ** 53, -(2 ** 53), 0.1, 5e-324, 1.7976931348623157e308, 1e21],
        big: [0n, -(2n ** 200n), 2n ** 63n],
        dates: [0, -1, 253_402_300_799_999, -62_135_596_800_000].map((ms) => new Date(ms)),
        empty: ["", [], {}, null],
        deep: nested(400),
        keys,
      };
      const values = await registry.register(new Values({ data }));
      const loaded = t.present(await registryOver(storage).get(Values, values.ecsId), "the values");
      const text = (of: Values): string =>
        JSON.stringify(of.data, (_key, value: unknown) =>
          typeof value === "bigint" ? `${value}n` : value,
        );
      t.equal(text(loaded), text(values), "all values, as text that keeps the order of keys");
      t.equal(loaded.hasModifications(), false, "whether it is modified after the load");
      t.equal(
        Reflect.get({}, "polluted"),
        undefined,
        "a property that the data could have planted",
      );
    },
  },
  {
    id: "C-417",
    level: "MUST",
    area: "core",
    title:
      "A version in an older shape is brought to the present one when it is read, and stays as it is in the storage.",
    why: "Programs change their types; what was stored before is still history.",
    rules: ["I1", "M5"],
    async run(t) {
      const storage = await t.open();
      const type = "mi.conformance.Person";
      const old = t.make.version({ type, schemaVersion: 1, data: '{"name":"Ada Lovelace"}' });
      await committed(t, storage, { versions: [old] });
      const registry = registryOver(storage);
      const person = t.present(await registry.get(Person, old.ecsId), "the person");
      const fields = [person.first, person.last, person.nick];
      t.equal(fields, ["Ada", "Lovelace", "none"], "the fields in the present shape");
      t.equal(person.hasModifications(), false, "whether it is modified after the load");
      person.nick = "Countess";
      await person.fork();
      t.equal(await registry.coldSnapshot(old.ecsId), old, "the old version as it is stored");
      const next = await registry.coldSnapshot(person.ecsId);
      t.equal(next?.schemaVersion, 2, "the schema version of the next one");
      const loaded = t.present(await registry.get(Person, person.ecsId), "the next version");
      t.equal(loaded.toObject(), person.toObject(), "the next version as loaded");
    },
  },
  {
    id: "C-418",
    level: "MUST",
    area: "core",
    title:
      "Fields that a newer program wrote are still there after an older one changed another field.",
    why: "During a deploy both are at work, and neither may strip what it does not know.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const newer = t.make.version({
        type: "mi.conformance.Note",
        schemaVersion: 3,
        data: '{"text":"a","tags":["x"],"mood":{"$$odd":[1,"é"]},"later":null}',
      });
      await committed(t, storage, { versions: [newer] });
      const registry = registryOver(storage);
      const note = t.present(await registry.get(Note, newer.ecsId), "the note");
      t.equal(note.hasModifications(), false, "whether it is modified after the load");
      note.text = "b";
      await note.fork();
      const stored = t.present(await registry.coldSnapshot(note.ecsId), "the next version");
      t.equal(
        JSON.parse(stored.data),
        { text: "b", tags: ["x"], mood: { $$odd: [1, "é"] }, later: null },
        "the data of the next version",
      );
      t.equal(stored.schemaVersion, 3, "its schema version");
    },
  },
  {
    id: "C-419",
    level: "MUST",
    area: "core",
    title:
      "An entity of a type that a program does not know is kept, byte for byte, when what holds it is changed.",
    why: "An old program that opens a new thread must not lose what it cannot read.",
    rules: ["F1", "M5"],
    async run(t) {
      const storage = await t.open();
      const leaf = t.make.version({ type: "mi.conformance.Note", data: '{"text":"l","tags":[]}' });
      const unknown = t.make.version({
        type: "vendor.Unknown",
        data: '{ "x" : {"$ref":0} }',
        refs: [leaf],
      });
      const book = t.make.version({
        type: "mi.conformance.Book",
        data: '{"title":"t","pages":{"$list":0}}',
        lists: [[leaf, unknown]],
      });
      await committed(t, storage, { versions: [leaf, unknown, book] });
      const registry = registryOver(storage);
      const loaded = t.present(await registry.get(Book, book.ecsId), "the book");
      const kept: unknown = loaded.pages[1];
      t.ok(kept instanceof UnknownEntity, "the unknown one is an UnknownEntity");
      t.equal(loaded.hasModifications(), false, "whether it is modified after the load");
      loaded.title = "changed";
      loaded.pages.reverse();
      await loaded.fork();
      t.equal((await storage.stats()).versions, 4, "the number of versions");
      const next = t.present(await registry.coldSnapshot(loaded.ecsId), "the next version");
      t.equal([...(next.lists[0] ?? [])], [unknown.ecsId, leaf.ecsId], "what the book holds");
      t.equal(await registry.coldSnapshot(unknown.ecsId), unknown, "the unknown one");
    },
  },
];
