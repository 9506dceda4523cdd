import type { CommitQuery, EntityStorage, StoredCommit } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { committed } from "./expectations.ts";
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
