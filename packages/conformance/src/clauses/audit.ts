import type { CommitQuery, EntityStorage, StoredCommit } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { answers, committed } from "./expectations.ts";
import { allPages } from "./visible-state.ts";

export const auditClauses: readonly Clause[] = [
  {
    id: "C-180",
    level: "MUST",
    area: "audit",
    title:
      "commits lists all commits with every field of their headers, in storage order and backwards.",
    why: "Who changed what, when and why is answered from here.",
    async run(t) {
      const storage = await t.open();
      const { stored } = await someCommits(t, storage);
      for (const limit of [1, 5, stored.length, 1000])
        await checkCommits(t, storage, {}, stored, limit);
    },
  },
  {
    id: "C-181",
    level: "MUST",
    area: "audit",
    title:
      "commits selects by actor, operation and correlation id, from since on and before until, alone and together.",
    why: "An audit for last week that shows a commit of today, or misses one, is worth nothing.",
    async run(t) {
      const storage = await t.open();
      const { stored } = await someCommits(t, storage);
      const times = stored.map(({ createdAt }) => createdAt).toSorted();
      const [since, until] = [times[4], times[9]];
      const queries: readonly CommitQuery[] = [
        { actor: "ada" },
        { actor: "Ada" },
        { actor: "" },
        { operation: "fork" },
        { correlationId: "request-1" },
        { since },
        { until },
        { since, until },
        { since: until, until: since },
        { actor: "ada", operation: "fork", since },
        { actor: "bob", correlationId: "request-0", until },
      ];
      for (const query of queries) {
        const expected = stored.filter(
          (commit) =>
            (query.actor === undefined || commit.actor === query.actor) &&
            (query.operation === undefined || commit.operation === query.operation) &&
            (query.correlationId === undefined || commit.correlationId === query.correlationId) &&
            (query.since === undefined || commit.createdAt >= query.since) &&
            (query.until === undefined || commit.createdAt < query.until),
        );
        t.note(`query ${JSON.stringify(query)}`);
        for (const limit of [1, 100]) await checkCommits(t, storage, query, expected, limit);
      }
    },
  },
  {
    id: "C-182",
    level: "MUST",
    area: "audit",
    title: "commits of a lineage are those that made a version of it, each once.",
    why: "A commit that only repeats a stored version has not changed that entity.",
    async run(t) {
      const storage = await t.open();
      const [one, two] = [t.make.version(), t.make.version()];
      const both = await committed(t, storage, {
        versions: [one, t.make.version({ parent: one }), two],
      });
      await committed(t, storage, { versions: [one, t.make.version({ refs: [one] })] });
      await committed(t, storage, { refMoves: [{ name: "main", to: one.ecsId }] });
      const last = await committed(t, storage, {
        versions: [t.make.version({ parent: one })],
        header: { actor: "ada" },
      });
      const expected = [both, last].map(storedCommit);
      for (const limit of [1, 100])
        await checkCommits(t, storage, { lineageId: one.lineageId }, expected, limit);
      await checkCommits(t, storage, { lineageId: two.lineageId }, expected.slice(0, 1), 100);
      await checkCommits(
        t,
        storage,
        { lineageId: one.lineageId, actor: "ada" },
        expected.slice(1),
        100,
      );
      await checkCommits(t, storage, { lineageId: t.make.lineageId() }, [], 100);
    },
  },
  {
    id: "C-183",
    level: "MUST",
    area: "audit",
    title:
      "Every combination of header fields that are there and that are null is kept, and told apart by filters.",
    why: "A commit without an actor is not a commit by nobody in particular.",
    async run(t) {
      const storage = await t.open();
      const texts = ["operation", "actor", "reason", "correlationId"] as const;
      const stored: StoredCommit[] = [];
      for (let bits = 0; bits < 32; bits++) {
        const some = Object.fromEntries(
          texts.map((name, i) => [name, ((bits >> i) & 1) === 1 ? name : null]),
        );
        const cause = bits >= 16 ? t.make.ecsId() : null;
        stored.push(storedCommit(await committed(t, storage, { header: { ...some, cause } })));
      }
      await checkCommits(t, storage, {}, stored, 10);
      for (const query of [{ actor: "actor" }, { operation: "operation", actor: "actor" }])
        await checkCommits(
          t,
          storage,
          query,
          stored.filter(
            ({ actor, operation }) =>
              actor === "actor" && (!("operation" in query) || operation === "operation"),
          ),
          10,
        );
      await checkCommits(t, storage, { actor: "null" }, [], 10);
    },
  },
  {
    id: "C-184",
    level: "MUST",
    area: "audit",
    title: "since takes in its own millisecond, and until leaves its own out.",
    why: "Two audits of days side by side must count each commit once.",
    async run(t) {
      const storage = await t.open();
      const start = Date.UTC(2024, 11, 31, 23, 59, 59, 997);
      const times = [3, 0, 4, 1, 2, 2, 5].map((ms) => new Date(start + ms).toISOString());
      const stored: StoredCommit[] = [];
      for (const createdAt of times)
        stored.push(storedCommit(await committed(t, storage, { header: { createdAt } })));
      for (const since of times)
        for (const until of times) {
          const within = stored.filter(({ createdAt }) => createdAt >= since && createdAt < until);
          await checkCommits(t, storage, { since, until }, within, 2);
        }
    },
  },
  {
    id: "C-185",
    level: "MUST",
    area: "audit",
    title:
      "A commit that got a version of a lineage later is among that lineage's commits, at its own place in storage order.",
    why: "An import fills in older commits; the history of an entity stays in order.",
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const first = await committed(t, storage, { versions: [t.make.version()] });
      const second = await committed(t, storage, { versions: [root] });
      const third = await committed(t, storage, { versions: [t.make.version({ parent: root })] });
      const late = t.make.version({ parent: root });
      const filled = t.make.commit({ header: first.commit.header, versions: [late] });
      await answers(t, storage, filled, "committed");
      const expected = [first, second, third].map(storedCommit);
      for (const limit of [1, 10])
        await checkCommits(t, storage, { lineageId: root.lineageId }, expected, limit);
    },
  },
  {
    id: "C-186",
    level: "MUST",
    area: "audit",
    title:
      "Pages of commits taken while another instance commits hold each commit once, in both directions.",
    why: "An audit is read from a store that is in use.",
    async run(t) {
      const [storage, writer] = [await t.open(), await t.open()];
      const actor = "ada";
      for (let i = 0; i < 20; i++)
        await committed(t, storage, { header: { actor: i % 3 === 0 ? "bob" : actor } });
      const before = await allPages((page) => storage.commits({ actor }, page), 100);
      for (const descending of [true, false]) {
        const listed = await allPages(
          async (page) => {
            await committed(t, writer, { header: { actor } });
            return storage.commits({ actor }, page);
          },
          3,
          descending,
        );
        const all = await allPages((page) => storage.commits({ actor }, page), 100);
        if (descending)
          // The first commit came in before the first page was taken.
          t.equal(listed.slice(1), before.toReversed(), "the commits backwards");
        else t.equal(listed, all, "the commits forwards");
      }
    },
  },
];

/** Commits whose times go forward, back and stand still. */
async function someCommits(
  t: ClauseContext,
  storage: EntityStorage,
): Promise<{ readonly stored: readonly StoredCommit[] }> {
  const stored: StoredCommit[] = [];
  for (let i = 0; i < 14; i++) {
    const made = await committed(t, storage, {
      versions: i % 3 === 0 ? [] : [t.make.version()],
      header: {
        createdAt: new Date(Date.UTC(2024, 5, 1) + ((i * 5) % 12) * 1000).toISOString(),
        operation: i % 2 === 0 ? "fork" : null,
        actor: ["ada", "bob"][i % 3] ?? null,
        reason: `reason ${i}`,
        correlationId: `request-${i % 4}`,
        cause: t.make.ecsId(),
        metadata: `{"i":${i}}`,
      },
    });
    stored.push(storedCommit(made));
  }
  return { stored };
}

function storedCommit({ commit, sequence }: Awaited<ReturnType<typeof committed>>): StoredCommit {
  return { ...commit.header, sequence };
}

async function checkCommits(
  t: ClauseContext,
  storage: EntityStorage,
  query: CommitQuery,
  expected: readonly StoredCommit[],
  limit: number,
): Promise<void> {
  const list = (page: Parameters<EntityStorage["commits"]>[1]) => storage.commits(query, page);
  t.equal(await allPages(list, limit), expected, `the commits by ${limit}`);
  t.equal(
    await allPages(list, limit, true),
    expected.toReversed(),
    `the commits backwards by ${limit}`,
  );
}
