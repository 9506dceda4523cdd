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
  {
    id: "C-203",
    level: "MUST",
    area: "refs",
    title:
      "Pages of refs, taken while refs come and go, hold each that stays exactly once, also when the ref at the cursor is deleted.",
    why: "A clean-up lists refs and deletes them as it goes.",
    async run(t) {
      const storage = await t.open();
      const names = Array.from({ length: 40 }, (_, i) => `ref-${String(i).padStart(2, "0")}`);
      const to = await setRefs(t, storage, names);
      for (const descending of [false, true]) {
        const gone = new Set<string>();
        const listed: string[] = [];
        let page = await storage.refs({ prefix: "ref-" }, { limit: 4, descending });
        for (;;) {
          listed.push(...page.items.map(({ name }) => name));
          if (page.next === undefined) break;
          const last = t.present(page.items.at(-1), "the last ref of a page").name;
          gone.add(last);
          const added = gone.size % 3 === 0 ? [`ref--${last}`, `ref-zz-${last}`] : [];
          await committed(t, storage, {
            refMoves: [{ name: last, to: null }, ...added.map((name) => ({ name, to }))],
          });
          const after = page.next;
          page = await storage.refs({ prefix: "ref-" }, { limit: 4, descending, after });
        }
        t.equal(new Set(listed).size, listed.length, "the number of different refs listed");
        const stayed = names.filter((name) => !gone.has(name));
        t.equal(
          listed.filter((name) => stayed.includes(name)),
          descending ? stayed.toReversed() : stayed,
          "the listed ones that stayed",
        );
        await committed(t, storage, { refMoves: [...gone].map((name) => ({ name, to })) });
      }
    },
  },
  {
    id: "C-204",
    level: "MUST",
    area: "refs",
    title:
      "A ref stays where it is when its version gets successors, and may point at any version, many at one.",
    why: "A release is a version, not a branch that goes on by itself.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base });
      await committed(t, storage, {
        versions: [base],
        refMoves: [
          { name: "release", to: base.ecsId },
          { name: "same", to: base.ecsId },
        ],
      });
      await committed(t, storage, { versions: [next], mustBeHeads: [base] });
      await committed(t, storage, {
        versions: [t.make.version({ parent: next }), t.make.version({ parent: next })],
        refMoves: [{ name: "old", to: base.ecsId, expected: null }],
      });
      await checkRefs(t, storage, {}, refsTo(["old", "release", "same"], base.ecsId));
    },
  },
  {
    id: "C-205",
    level: "MUST",
    area: "refs",
    title: "A thousand refs are set, asked for by name, moved and deleted by one commit each.",
    why: "Engines limit the variables of a statement; tags are made by programs.",
    async run(t) {
      const storage = await t.open();
      const names = Array.from({ length: 1000 }, (_, i) => `tag/${i}`);
      const first = await setRefs(t, storage, names);
      const sorted = names.toSorted();
      const list = (query: RefQuery) => allPages((page) => storage.refs(query, page), 300);
      t.equal(await list({}), refsTo(sorted, first), "all refs");
      t.equal(await list({ names }), refsTo(sorted, first), "the refs by their names");
      const version = t.make.version();
      const moves = (to: EcsId | null, expected: EcsId) =>
        names.map((name) => ({ name, to, expected }));
      await committed(t, storage, { versions: [version], refMoves: moves(version.ecsId, first) });
      t.equal(await list({}), refsTo(sorted, version.ecsId), "all refs after they moved");
      await committed(t, storage, { refMoves: moves(null, version.ecsId) });
      t.equal(await list({}), [], "all refs after they were deleted");
    },
  },
  {
    id: "C-206",
    level: "MUST",
    area: "refs",
    title:
      "A page of refs never holds more than its limit, and has a next only when there is a further item.",
    why: "A cursor that leads nowhere is a page too many on each visit.",
    async run(t) {
      const storage = await t.open();
      const names = ["a/1", "a/2", "a/3", "a/4", "b/1", "b/2"];
      const to = await setRefs(t, storage, names);
      for (const [query, count] of [
        [{}, 6],
        [{ prefix: "a/" }, 4],
        [{ names: ["a/1", "b/1", "c/1"] }, 2],
      ] as const)
        for (const limit of [1, 2, count - 1, count, count + 1]) {
          const { items, next } = await storage.refs(query, { limit });
          t.equal(items.length, Math.min(limit, count), `how many of ${count} by ${limit}`);
          t.equal(next === undefined, limit >= count, "whether it is the last page");
          t.equal(
            items.every((ref) => ref.to === to),
            true,
            "whether they point at the version",
          );
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
