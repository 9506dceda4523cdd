import type pg from "pg";
import { Fixtures } from "@mi/conformance";
import type { EntityRecord } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema } from "@mi/postgres-server/jest";
import { expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { FUNCTIONS, TABLES } from "../../src/postgres/schema-objects.ts";

/** How often each table was read from its begin to its end. Types are few: reading them all is right. */
async function wholeReads(pool: pg.Pool): Promise<Record<string, number>> {
  await pool.query("select pg_stat_force_next_flush()");
  const { rows } = await pool.query<{ relname: string; scans: string }>(
    `select relname, seq_scan as scans from pg_stat_user_tables
     where schemaname = current_schema() and relname = any ($1) and relname <> 'mi_types' order by relname`,
    [TABLES],
  );
  return Object.fromEntries(rows.map(({ relname, scans }) => [relname, Number(scans)]));
}

/** Every kind of commit and read whose plans are kept; pages are planned anew each time. */
async function useAll(storage: PostgresStorage, make: Fixtures): Promise<void> {
  const added: EntityRecord[] = Array.from({ length: 20 }, () => make.version());
  const holder = make.version({ refs: added.slice(0, 2), lists: [added] });
  await storage.commit(make.commit({ versions: [...added, holder] }));
  const message = make.version();
  const grown = make.edited(holder, [[{ at: 20, remove: 0, insert: [message.ecsId] }]]);
  await storage.commit(make.commit({ versions: [message, grown], mustBeHeads: [holder] }));
  const edited = make.edited(grown.record, [[{ at: 3, remove: 1, insert: [message.ecsId] }]]);
  await storage.commit(
    make.commit({
      versions: [edited],
      mustBeHeads: [grown.record],
      refMoves: [{ name: `named ${edited.record.ecsId}`, to: edited.record.ecsId }],
    }),
  );
  const { ecsId, lineageId } = edited.record;
  expect(await storage.readTree([ecsId])).toHaveLength(21);
  expect(await storage.read([ecsId, message.ecsId])).toHaveLength(2);
  expect(await storage.heads([lineageId])).toEqual([[ecsId]]);
}

test("plans that were made while tables were small never read whole tables afterwards", async () => {
  const { url } = await emptySchema();
  const make = new Fixtures(5);
  const first = await PostgresStorage.open(url);
  await first.commit(make.commit({ versions: [make.version()] }));
  await first.close();
  const pool = listenedPool({ connectionString: url, max: 1 });
  // The server now knows for sure that all tables fit in one page, which it would read for every row that is looked for.
  await pool.query("vacuum analyze");
  const storage = await PostgresStorage.open(pool);
  const before = await wholeReads(pool);
  await useAll(storage, make);
  await useAll(storage, make);
  expect(await wholeReads(pool)).toEqual(before);
  await storage.close();
  await pool.end();
});

test("no function has its plans compiled to machine code, which takes longer than they do", async () => {
  const { url, schema } = await emptySchema();
  const storage = await PostgresStorage.open(url, { max: 1 });
  const pool = listenedPool({ connectionString: url, max: 1 });
  const { rows } = await pool.query<{ proname: string }>(
    `select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = $1 and p.proname = any ($2) and not coalesce('jit=off' = any (p.proconfig), false)`,
    [schema, FUNCTIONS],
  );
  expect(rows).toEqual([{ proname: "mi_settled" }]);
  await pool.end();
  await storage.close();
});
