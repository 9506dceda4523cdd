import type { Connection } from "../sqlite/connection.ts";
import { planViews } from "./plan-views.ts";
import type { PlannedView, StoredView } from "./plan-views.ts";
import type { RequestedView } from "./requested-views.ts";
import { quotedName } from "./sql-name.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { viewNames } from "./view-names.ts";
import { indexPrefix, viewIndexes, viewSelects } from "./view-sql.ts";

/**
 * Makes the views that are not there yet or that lack something, and their indexes. Any number of processes may do so at
 * once: what is there is read, and changed, under the write lock.
 */
export function makeSqliteViews(connection: Connection, requested: readonly RequestedView[]): void {
  connection.writing(() => {
    connection.database.exec(
      `CREATE TABLE IF NOT EXISTS mi_views (
        name TEXT PRIMARY KEY,
        type_name TEXT NOT NULL,
        definition TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
    );
    for (const view of planned(connection, requested)) makeView(connection, view);
  });
}

function planned(
  connection: Connection,
  requested: readonly RequestedView[],
): readonly PlannedView[] {
  const relations = relationsOf(connection);
  const stored = relations.has("mi_views")
    ? select<StoredView>(connection, "SELECT name, type_name, definition FROM mi_views", [])
    : [];
  return planViews(requested, stored, relations, connection.place);
}

function makeView(connection: Connection, { name, typeName, definition, previous }: PlannedView) {
  const { database } = connection;
  const typeKeys = definition.types.map((type) => typeKey(connection, type));
  for (const view of viewNames(name, previous ?? definition))
    database.exec(`DROP VIEW IF EXISTS ${quotedName(view)}`);
  for (const view of viewSelects(sqliteDialect, name, definition, typeKeys))
    database.exec(`CREATE VIEW ${quotedName(view.name)} AS ${view.sql}`);
  const indexes = viewIndexes(sqliteDialect, name, definition, typeKeys);
  const needed = new Set(indexes.map((index) => index.name));
  for (const relation of relationsOf(connection))
    if (relation.startsWith(indexPrefix(name)) && !needed.has(relation))
      database.exec(`DROP INDEX ${quotedName(relation)}`);
  for (const { sql } of indexes) database.exec(sql);
  database
    .prepare("INSERT OR REPLACE INTO mi_views (name, type_name, definition) VALUES (?, ?, ?)")
    .run(name, typeName, JSON.stringify(definition));
}

/** The condition of a view names types by their keys, so each has one, stored or not. */
function typeKey(connection: Connection, name: string): number {
  connection.database
    .prepare("INSERT INTO mi_types (name) VALUES (?) ON CONFLICT DO NOTHING")
    .run(name);
  const [row] = select<{ readonly type_key: number }>(
    connection,
    "SELECT type_key FROM mi_types WHERE name = ?",
    [name],
  );
  return row?.type_key ?? 0;
}

function relationsOf(connection: Connection): ReadonlySet<string> {
  const rows = select<{ readonly name: string }>(connection, "SELECT name FROM sqlite_schema", []);
  return new Set(rows.map(({ name }) => name.toLowerCase()));
}

function select<Row>(
  { database }: Connection,
  sql: string,
  values: readonly unknown[],
): readonly Row[] {
  return database
    .prepare(sql)
    .safeIntegers(false)
    .all(...values) as Row[];
}
