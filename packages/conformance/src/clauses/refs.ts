import type { EcsId, EntityStorage, NamedRef, RefQuery } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { committed } from "./expectations.ts";
import { allPages } from "./visible-state.ts";

export const refClauses: readonly Clause[] = [
  {
    id: "C-200",
    level: "MUST",
    area: "refs",
    title:
      "A ref is set, moved and deleted by commits, with or without versions; deleting an absent one does nothing.",
    why: "Named refs say what is released, and moving one is a change like any other.",
    async run(t) {
      const storage = await t.open();
      const [a, b] = [t.make.version(), t.make.version()];
      await committed(t, storage, { versions: [a, b], refMoves: [{ name: "main", to: a.ecsId }] });
      await checkRefs(t, storage, {}, [{ name: "main", to: a.ecsId }]);
      await committed(t, storage, { refMoves: [{ name: "main", to: b.ecsId }] });
      await checkRefs(t, storage, {}, [{ name: "main", to: b.ecsId }]);
      await committed(t, storage, { refMoves: [{ name: "main", to: b.ecsId }] });
      await checkRefs(t, storage, {}, [{ name: "main", to: b.ecsId }]);
      await committed(t, storage, {
        refMoves: [
          { name: "main", to: null },
          { name: "other", to: a.ecsId },
          { name: "absent", to: null },
        ],
      });
      await checkRefs(t, storage, {}, [{ name: "other", to: a.ecsId }]);
      await committed(t, storage, { refMoves: [{ name: "main", to: a.ecsId, expected: null }] });
      await checkRefs(t, storage, { names: ["main"] }, [{ name: "main", to: a.ecsId }]);
    },
  },
  {
    id: "C-201",
    level: "MUST",
    area: "refs",
    title:
      "refs selects by names and by prefix, character for character: %, _ and the case of letters mean themselves.",
    why: "A prefix that is taken for a pattern lists, and then deletes, the refs of others.",
    async run(t) {
      const storage = await t.open();
      const names = [
        "a%b",
        "a_b",
        "aXb",
        "A_b",
        "a\\b",
        "a*b",
        "ab",
        "a",
        "a/b",
        "a/b/c",
        "b",
        "á",
        "%",
      ];
      const to = await setRefs(t, storage, names);
      const prefixes = [
        "",
        "a",
        "A",
        "a%",
        "a_",
        "_",
        "%",
        "a\\",
        "a*",
        "a/",
        "a/b",
        "a/b/",
        "á",
        "c",
      ];
      for (const prefix of prefixes) {
        const expected = names.filter((name) => name.startsWith(prefix)).toSorted();
        await checkRefs(t, storage, { prefix }, refsTo(expected, to));
      }
      await checkRefs(t, storage, { names: ["b", "zz", "a_b", "b"] }, refsTo(["a_b", "b"], to));
      await checkRefs(t, storage, { names: ["B", "a__", "%"] }, refsTo(["%"], to));
      await checkRefs(t, storage, { names: [] }, []);
      await checkRefs(t, storage, { names: ["a_b", "b"], prefix: "a" }, refsTo(["a_b"], to));
    },
  },
  {
    id: "C-202",
    level: "MUST",
    area: "refs",
    title: "refs lists by name in the order of UTF-16 code units, page by page and backwards.",
    why: "An order that depends on the locale of a server skips names between two pages.",
    async run(t) {
      const storage = await t.open();
      const names = [
        "b",
        "B",
        "a",
        "a-",
        "a0",
        "Z",
        "z",
        "ä",
        "é",
        "e\u0301",
        "10",
        "9",
        "~",
        " ",
        "\uff5e",
        "😀",
        "\ue000",
        "日本",
      ];
      const to = await setRefs(t, storage, names);
      const expected = refsTo(names.toSorted(), to);
      for (const limit of [1, 2, 5, names.length, 100]) {
        const list = (page: Parameters<EntityStorage["refs"]>[1]) => storage.refs({}, page);
        t.equal(await allPages(list, limit), expected, `the refs by ${limit}`);
        const backwards = await allPages(list, limit, true);
        t.equal(backwards, expected.toReversed(), `the refs backwards by ${limit}`);
      }
    },
  },
];

async function setRefs(
  t: ClauseContext,
  storage: EntityStorage,
  names: readonly string[],
): Promise<EcsId> {
  const version = t.make.version();
  const to = version.ecsId;
  const refMoves = t.random.shuffled(names).map((name) => ({ name, to }));
  await committed(t, storage, { versions: [version], refMoves });
  return to;
}

function refsTo(names: readonly string[], to: EcsId): readonly NamedRef[] {
  return names.map((name) => ({ name, to }));
}

async function checkRefs(
  t: ClauseContext,
  storage: EntityStorage,
  query: RefQuery,
  expected: readonly NamedRef[],
): Promise<void> {
  const found = await allPages((page) => storage.refs(query, page), 3);
  t.equal(found, expected, `the refs with ${JSON.stringify(query)}`);
}
