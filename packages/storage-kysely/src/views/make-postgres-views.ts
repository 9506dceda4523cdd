import type pg from "pg";
import { StorageError } from "@mi/ecs";
import { driverCodeOf } from "../classify-error.ts";
import { lockSchema } from "../postgres/migrate.ts";
import type { PoolSession } from "../postgres/session.ts";
import { decodeText, encodeText } from "../text-encoding.ts";
import { planViews } from "./plan-views.ts";
import type { PlannedView, StoredView } from "./plan-views.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import type { RequestedView } from "./requested-views.ts";
import { quotedName } from "./sql-name.ts";
import type { ViewDefinition } from "./view-definition.ts";
import { viewNames } from "./view-names.ts";
import { indexPrefix, viewIndexes, viewSelects } from "./view-sql.ts";

/** The SQLSTATE of a view that can't be dropped, because another one reads it. */
const OTHERS_DEPEND_ON_IT = "2BP01";

/** The SQLSTATE of a right that is lacking. */
const REFUSED = "42501";

/** Where the views are made. */
interface Place {
  readonly client: pg.PoolClient;
  readonly schemaName: string;
  /** Names the database in messages. */
  readonly place: string;
}

/**
 * Makes the views that are not there yet or that lack something, and their indexes. Any number of processes may do so at
 * once: what is there is read, and changed, under the lock of migrations.
 */
export async function makePostgresViews(
  session: PoolSession,
  schemaName: string,
  requested: readonly RequestedView[],
): Promise<void> {
  const { place } = session;
  await session.use(async (client) => {
    try {
      await makeMissing({ client, schemaName, place }, requested);
    } catch (error) {
      throw driverCodeOf(error) === REFUSED ? refused(place, error) : error;
    }
  });
}

async function makeMissing(at: Place, requested: readonly RequestedView[]): Promise<void> {
  const { client, schemaName } = at;
  // Most processes find all there, and take no lock.
  if ((await planned(at, requested)).length === 0) return;
  await client.query("begin");
  try {
    await lockSchema(client, schemaName);
    // Commits and readers that are in the way are not waited for as long as other processes that open.
    await client.query("set local lock_timeout to default");
    await client.query(
      `create table if not exists ${table(at, "mi_views")} (
        name text collate "C" primary key,
        type_name text collate "C" not null,
        definition text collate "C" not null
      )`,
    );
    for (const view of await planned(at, requested)) await makeView(at, view);
    await client.query("commit");
  } catch (error) {
    // Of a connection that is lost, the server rolls back by itself; the first error is the one to tell.
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function refused(place: string, cause: unknown): StorageError {
  return new StorageError(
    "MI_STORAGE_PERMISSION",
    `${place} lacks views, and this user may not make them; open it once with the same views as the owner of the tables, and grant this user select on mi_views`,
    { cause, details: { place } },
  );
}

async function planned(
  at: Place,
  requested: readonly RequestedView[],
): Promise<readonly PlannedView[]> {
  const relations = await relationsOf(at);
  const stored = relations.has("mi_views")
    ? await at.client.query<StoredView>(
        `select name, type_name, definition from ${table(at, "mi_views")}`,
      )
    : { rows: [] };
  const own = stored.rows.map((row) => ({ ...row, type_name: decodeText(row.type_name) }));
  return planViews(requested, own, relations, at.place);
}

async function makeView(at: Place, view: PlannedView): Promise<void> {
  const { name, typeName, definition, previous } = view;
  const { client } = at;
  const dialect = postgresDialect(quotedName(at.schemaName));
  const typeKeys = await typeKeysOf(at, definition.types);
  if (previous !== undefined && !onlyGains(previous, definition))
    for (const old of viewNames(name, previous)) await dropView(at, old);
  for (const { name: made, sql } of viewSelects(dialect, name, definition, typeKeys))
    await client.query(`create or replace view ${table(at, made)} as ${sql}`);
  const indexes = viewIndexes(dialect, name, definition, typeKeys);
  const needed = new Set(indexes.map((index) => index.name));
  for (const relation of await relationsOf(at))
    if (relation.startsWith(indexPrefix(name)) && !needed.has(relation))
      await client.query(`drop index ${table(at, relation)}`);
  for (const { sql } of indexes) await client.query(sql);
  await client.query(
    `insert into ${table(at, "mi_views")} (name, type_name, definition) values ($1, $2, $3)
      on conflict (name) do update set definition = excluded.definition`,
    [name, encodeText(typeName), JSON.stringify(definition)],
  );
}

async function dropView(at: Place, name: string): Promise<void> {
  try {
    await at.client.query(`drop view if exists ${table(at, name)}`);
  } catch (error) {
    if (driverCodeOf(error) !== OTHERS_DEPEND_ON_IT) throw error;
    const others = error instanceof Object && "detail" in error ? String(error.detail) : "";
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `${at.place} has the view ${name} of an older shape of its type, and it can't be replaced (${others}); drop what depends on it, open again, and make it anew`,
      { cause: error, details: { place: at.place, view: name } },
    );
  }
}

/** A view can be replaced, with views of the owner on it, when its columns stay and new ones come at its end. */
function onlyGains(previous: ViewDefinition, next: ViewDefinition): boolean {
  return (
    previous.format === next.format &&
    previous.columns.every(({ name, kind }, i) => {
      const column = next.columns[i];
      return column?.name === name && column.kind === kind;
    })
  );
}

/** The condition of a view names types by their keys, so each has one, stored or not. */
async function typeKeysOf(at: Place, types: readonly string[]): Promise<readonly number[]> {
  const names = types.map(encodeText);
  const mi_types = table(at, "mi_types");
  await at.client.query(
    `insert into ${mi_types} (name) select x from unnest($1::text[]) as x
      where not exists (select from ${mi_types} t where t.name = x) order by x on conflict do nothing`,
    [names],
  );
  const { rows } = await at.client.query<{ type_key: number }>(
    `select t.type_key from unnest($1::text[]) with ordinality as x(name, place)
      join ${mi_types} t on t.name = x.name order by x.place`,
    [names],
  );
  return rows.map((row) => row.type_key);
}

async function relationsOf({ client, schemaName }: Place): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ relname: string }>(
    "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1",
    [schemaName],
  );
  return new Set(rows.map(({ relname }) => relname));
}

function table({ schemaName }: Place, name: string): string {
  return `${quotedName(schemaName)}.${quotedName(name)}`;
}
