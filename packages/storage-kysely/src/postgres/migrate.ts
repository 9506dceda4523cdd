import type pg from "pg";
import { CorruptionError, StorageError } from "@mi/ecs";
import { pendingMigrations } from "../migrations/plan-migrations.ts";
import type { AppliedMigration } from "../migrations/plan-migrations.ts";
import { driverCodeOf } from "../classify-error.ts";
import { checkSchema } from "./postgres-options.ts";
import { refusedSteps, requireRights } from "./rights.ts";
import { FUNCTIONS, TABLES } from "./schema-objects.ts";
import { migrationsFor } from "./schema/migrations.ts";
import type { PoolSession } from "./session.ts";

/** Set apart from locks of others by a number that nobody else has a reason to take: "mi" and "sc" in ASCII. */
const LOCK = 0x6d_69_73_63;
/** The SQLSTATE of a right that is lacking. */
const REFUSED = "42501";

/**
 * Brings the tables of a schema to the newest state, all steps or none, and answers the name of the schema. Of several
 * processes that open an empty database at once, one makes the tables and the others find them.
 */
export async function migrate(session: PoolSession, schema: string | undefined): Promise<string> {
  return session.use(async (client) => {
    const name = schema ?? (await currentSchema(client, session.place));
    checkSchema(name);
    const { place } = session;
    await requireRights(client, name, place);
    const isNewest =
      (await hasTable(client, name, "mi_migrations")) &&
      pending(name, await appliedIn(client, name), place).length === 0;
    if (!isNewest) {
      await takeSteps(client, name, place);
      // Another user may have taken them meanwhile.
      await requireRights(client, name, place);
    }
    await checkTables(client, name, place);
    return name;
  });
}

async function takeSteps(client: pg.PoolClient, name: string, place: string): Promise<void> {
  const schema = quoted(name);
  await client.query("begin");
  try {
    await lockSchema(client, name);
    if (!(await hasSchema(client, name))) await client.query(`create schema ${schema}`);
    if (!(await hasTable(client, name, "mi_migrations")))
      await client.query(
        `create table ${schema}.mi_migrations (
          number integer primary key,
          name text collate "C" not null,
          applied_at text collate "C" not null
            default to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        )`,
      );
    const steps = pending(name, await appliedIn(client, name), place);
    for (const { number, name: step, statements } of steps) {
      for (const statement of statements) await client.query(statement);
      await client.query(`insert into ${schema}.mi_migrations (number, name) values ($1, $2)`, [
        number,
        step,
      ]);
    }
    await client.query("commit");
  } catch (error) {
    // Of a connection that is lost, the server rolls back by itself; the first error is the one to tell.
    await client.query("rollback").catch(() => undefined);
    if (driverCodeOf(error) === REFUSED) throw await refusedSteps(client, name, place, error);
    throw error;
  }
}

/** Lets one process at a time change the schema, until the end of its transaction. */
export async function lockSchema(client: pg.PoolClient, name: string): Promise<void> {
  // Whoever waits here waits for a few steps of another process, whatever the timeouts of the connection are.
  await client.query("set local lock_timeout = 0; set local statement_timeout = 0");
  await client.query("select pg_advisory_xact_lock($1, hashtext($2))", [LOCK, name]);
}

function pending(name: string, applied: readonly AppliedMigration[], place: string) {
  return pendingMigrations(migrationsFor(quoted(name)), applied, place);
}

async function appliedIn(
  client: pg.PoolClient,
  name: string,
): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `select number, name from ${quoted(name)}.mi_migrations order by number`,
  );
  return rows;
}

async function currentSchema(client: pg.PoolClient, place: string): Promise<string> {
  const { rows } = await client.query<{ schema: string | null }>(
    "select current_schema() as schema",
  );
  const schema = rows[0]?.schema ?? null;
  if (schema === null)
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} has no schema on the search path of this user; name one with the option "schema", or grant the user its use`,
      { details: { place } },
    );
  return schema;
}

async function hasSchema(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_namespace where nspname = $1", [name]);
  return rowCount === 1;
}

async function hasTable(client: pg.PoolClient, name: string, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2",
    [name, table],
  );
  return rowCount === 1;
}

/** What would fail later fails now: a table or a function that is gone, a schema that was renamed, a server that only reads. */
async function checkTables(client: pg.PoolClient, name: string, place: string): Promise<void> {
  const { rows } = await client.query<{
    encoding: string;
    is_read_only: boolean;
    missing: string[];
    former_name: string | null;
  }>(
    `with n as (select oid from pg_namespace where nspname = $1)
    select current_setting('server_encoding') as encoding,
      pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only,
      array(
        select 'table ' || x from unnest($2::text[]) as x
        where not exists (select from n join pg_class c on c.relnamespace = n.oid and c.relname = x)
      ) || array(
        select 'function ' || x from unnest($3::text[]) as x
        where not exists (select from n join pg_proc p on p.pronamespace = n.oid and p.proname = x)
      ) as missing,
      (select min(substring(p.prosrc from '"([^"]+)"[.]mi_')) from n join pg_proc p on p.pronamespace = n.oid
        where p.proname = any ($3) and strpos(p.prosrc, $4 || '.mi_') = 0) as former_name`,
    [name, TABLES, FUNCTIONS, quoted(name)],
  );
  const [found] = rows;
  const [missing] = found?.missing ?? [];
  const details = { place, schema: name };
  if (found?.encoding !== "UTF8")
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} has the encoding ${found?.encoding}, which can't hold every text; make a database with the encoding UTF8`,
      { details },
    );
  if (missing !== undefined)
    throw new CorruptionError(
      `${place} lacks the ${missing} in the schema ${name}; restore a backup, or undo what was changed`,
      details,
    );
  // Functions name tables with the schema that they were made for: calls would write there, and read here.
  const former = found.former_name;
  if (former !== null)
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} has functions in the schema ${quoted(name)} that write to the schema ${quoted(former)}, so it was renamed; give it its name back: alter schema ${quoted(name)} rename to ${quoted(former)}`,
      { details },
    );
  if (found.is_read_only)
    throw new StorageError(
      "MI_STORAGE_PERMISSION",
      `${place} can only be read; open the one on the primary server, or let sessions write (default_transaction_read_only)`,
      { details },
    );
}

/** The name as SQL has it. */
export function quoted(name: string): string {
  return `"${name}"`;
}
