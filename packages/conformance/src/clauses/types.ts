import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { checkTree } from "./check-tree.ts";
import { checkHeads, checkStored, committed } from "./expectations.ts";
import { reopened } from "./reopened.ts";
import { allPages } from "./visible-state.ts";

export const typeClauses: readonly Clause[] = [
  {
    id: "C-320",
    level: "MUST",
    area: "types",
    title:
      "A version of a type that no program here knows is stored, listed, walked and given back byte for byte.",
    why: "A newer program writes types that an older one meets; history, copies and exports still have to work.",
    async run(t) {
      let storage = await t.open();
      const leaf = t.make.version();
      const unknown = t.make.version({
        type: "vendor.Thing/v9",
        schemaVersion: 41,
        data: '{ "$ref" : 0,"later":{"$tag":["x",{"$list":0}]},  "n":1.50e+3 }',
        refs: [leaf],
        lists: [[leaf]],
      });
      const root = t.make.version({ lists: [[unknown]] });
      const made = await committed(t, storage, { versions: [leaf, unknown, root] });
      storage = await reopened(t, storage);
      await checkStored(t, storage, [unknown], made.commit, made.sequence);
      await checkTree(t, storage, [root], [root, unknown, leaf]);
      const { items } = await storage.versions({ types: [unknown.type] }, { limit: 5 });
      t.equal(
        items.map(({ ecsId, type, schemaVersion }) => [ecsId, type, schemaVersion]),
        [[unknown.ecsId, unknown.type, 41]],
        "the versions of the unknown type",
      );
    },
  },
  {
    id: "C-321",
    level: "MUST",
    area: "types",
    title:
      "The versions of one lineage may differ in type and schema version, up and down, and each keeps its own.",
    why: "A type is renamed, a migration is rolled back, and two programs of different age share a store.",
    rules: ["I1", "I2"],
    async run(t) {
      const storage = await t.open();
      let head: EntityRecord = t.make.version({ type: "Person", schemaVersion: 1 });
      await committed(t, storage, { versions: [head] });
      const versions = [head];
      for (const [type, schemaVersion] of [
        ["Person", 2],
        ["Person", 1],
        ["app.Person", 1],
        ["Person", 0],
        ["app.Person", 7],
      ] as const) {
        head = t.make.version({ parent: head, type, schemaVersion });
        await committed(t, storage, { versions: [head], mustBeHeads: versions.slice(-1) });
        versions.push(head);
      }
      const query = { lineageId: head.lineageId };
      const shown = async (types: readonly string[] | undefined) =>
        (await allPages((page) => storage.versions({ ...query, types }, page), 2)).map(
          ({ ecsId, type, schemaVersion }) => [ecsId, type, schemaVersion],
        );
      const expected = versions.map((v) => [v.ecsId, v.type, v.schemaVersion]);
      t.equal(await shown(undefined), expected, "all versions");
      for (const name of ["Person", "app.Person"])
        t.equal(
          await shown([name]),
          expected.filter(([, type]) => type === name),
          `the versions of type ${name}`,
        );
      await checkHeads(t, storage, head.lineageId, [head], "the heads");
    },
  },
  {
    id: "C-322",
    level: "MUST",
    area: "types",
    title:
      "Two programs that know different fields of a type write turn by turn, and every field of every version is kept.",
    why: "During a deploy the old program and the new one work on one store.",
    rules: ["I1"],
    async run(t) {
      const [older, newer] = [await t.open(), await t.open()];
      const made = [];
      let head: EntityRecord | undefined;
      for (let i = 0; i < 20; i++) {
        const isNew = i % 2 === 1;
        const fields = isNew ? { name: `n${i}`, nick: null, tags: [`${i}`] } : { name: `n${i}` };
        head = t.make.version({
          parent: head,
          type: "Person",
          schemaVersion: isNew ? 2 : 1,
          data: JSON.stringify(fields),
        });
        made.push({ head, ...(await committed(t, isNew ? newer : older, { versions: [head] })) });
      }
      for (const { head: record, commit, sequence } of made)
        for (const storage of [older, newer])
          await checkStored(t, storage, [record], commit, sequence);
    },
  },
  {
    id: "C-323",
    level: "MUST",
    area: "types",
    title: "A query may name 1,000 types, and a medium may hold as many.",
    why: "A type with many subclasses is listed with all of them; engines limit tables, columns and variables.",
    async run(t) {
      const storage = await t.open();
      const types = Array.from({ length: 1000 }, (_, i) => `type.${i}`);
      const versions = types.map((type) => t.make.version({ type }));
      await committed(t, storage, { versions });
      const infos = await allPages((page) => storage.versions({ types }, page), 400);
      t.equal(
        infos.map(({ ecsId }) => ecsId),
        versions.map(({ ecsId }) => ecsId),
        "the versions of all types",
      );
      const some = types.filter((_, i) => i % 10 === 0);
      const { items } = await storage.versions({ types: some.toReversed() }, { limit: 1000 });
      t.equal(
        items.map(({ type }) => type),
        some,
        "the types of every tenth",
      );
    },
  },
  {
    id: "C-324",
    level: "MUST",
    area: "types",
    title: "References and lists are those of the record, whatever its data says of them.",
    why: "The data of a type that is not known cannot be searched for references.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const [a, b] = [t.make.version(), t.make.version()];
      const silent = t.make.version({ data: "{}", refs: [a], lists: [[b]] });
      const loud = t.make.version({
        data: `{"x":{"$ref":0},"y":{"$list":3},"z":"${b.ecsId}"}`,
        refs: [],
        lists: [],
      });
      const { commit, sequence } = await committed(t, storage, { versions: [a, b, silent, loud] });
      await checkStored(t, storage, [silent, loud], commit, sequence);
      await checkTree(t, storage, [silent], [silent, a, b]);
      await checkTree(t, storage, [loud], [loud]);
    },
  },
  {
    id: "C-325",
    level: "MUST",
    area: "types",
    title:
      "Fields that are named like the parts of a record, or like a database's own columns, are only data.",
    why: "Libraries stop tracking fields that are called id, type or version.",
    rules: ["I1", "I2"],
    async run(t) {
      const storage = await t.open();
      const names = [...recordParts, ...columnNames];
      const versions = names.flatMap((name) =>
        ["x", null, 7].map((value) => t.make.version({ data: JSON.stringify({ [name]: value }) })),
      );
      const all = JSON.stringify(Object.fromEntries(names.map((name) => [name, "x"])));
      versions.push(t.make.version({ data: all }));
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
      const { items } = await storage.versions({ types: ["x"] }, { limit: 5 });
      t.equal(items, [], "the versions of a type that only data speaks of");
      const heads = await storage.heads(versions.map(({ lineageId }) => lineageId));
      t.equal(
        heads,
        versions.map(({ ecsId }) => [ecsId]),
        "the heads",
      );
    },
  },
];

const recordParts =
  "ecsId lineageId parentId mergedFromId type schemaVersion createdAt data refs lists commitId sequence".split(
    " ",
  );

const columnNames =
  "id version ecs_id lineage_id created_at rowid oid ctid xmin _id $type $$ref length name".split(
    " ",
  );
