import type pg from "pg";
import { StorageError } from "@mi/ecs";
import { FUNCTIONS, TABLES } from "./schema-objects.ts";

/** What takes other rights than to read and add rows. Rows of no other table are changed. */
const rightsOfTables: Readonly<Record<string, readonly string[]>> = {
  mi_heads: ["select", "insert", "update", "delete"],
  mi_named_refs: ["select", "insert", "update", "delete"],
  mi_migrations: ["select"],
};

/** As one writes them. */
const ORDER = ["usage", "select", "insert", "update", "delete", "execute"];

/** Rights that the user lacks on objects of a kind. All names are quoted where SQL needs it. */
interface LackingRights {
  readonly kind: "schema" | "table" | "sequence" | "function";
  readonly rights: string;
  readonly names: string;
}

/**
 * Fails now where calls would fail later. Of what isn't there yet, no right is asked.
 *
 * @throws StorageError with code MI_STORAGE_PERMISSION, which has the statements that grant what is lacking.
 */
export async function requireRights(
  client: pg.PoolClient,
  schema: string,
  place: string,
): Promise<void> {
  const needed = TABLES.flatMap((table) =>
    (rightsOfTables[table] ?? ["select", "insert"]).map((right) => [table, right] as const),
  );
  const { rows: lacking } = await client.query<LackingRights>(
    `with n as (
      select oid, nspname from pg_namespace where nspname = $1
    ), t as (
      select c.oid, c.relname, n.nspname from n join pg_class c on c.relnamespace = n.oid where c.relname = any ($2)
    ), lacking as (
      select 'schema' as kind, format('%I', n.nspname) as name, 'usage' as "right"
      from n where not has_schema_privilege(n.oid, 'usage') and exists (select from t)
      union all
      select 'table', format('%I.%I', t.nspname, t.relname), x."right"
      from unnest($2::text[], $3::text[]) as x(name, "right") join t on t.relname = x.name
      where not has_table_privilege(t.oid, x."right")
      union all
      select 'sequence', format('%I.%I', t.nspname, q.relname), x."right"
      from t
      join pg_depend d on d.refobjid = t.oid and d.refclassid = 'pg_class'::regclass and d.classid = d.refclassid
      join pg_class q on q.oid = d.objid and q.relkind = 'S'
      cross join unnest(array['usage', 'select']) as x("right")
      where not has_sequence_privilege(q.oid, x."right")
      union all
      select 'function', format('%I.%I', n.nspname, p.proname), 'execute'
      from n join pg_proc p on p.pronamespace = n.oid and p.proname = any ($4)
      where not has_function_privilege(p.oid, 'execute')
    ), by_object as (
      select l.kind, l.name, string_agg(l."right", ', ' order by array_position($5, l."right")) as rights
      from lacking l group by l.kind, l.name
    )
    select o.kind, o.rights, string_agg(o.name, ', ' order by o.name) as names
    from by_object o group by o.kind, o.rights order by o.kind, o.rights`,
    [schema, needed.map(([table]) => table), needed.map(([, right]) => right), FUNCTIONS, ORDER],
  );
  if (lacking.length === 0) return;
  const { user } = await whoIsIt(client);
  const grants = lacking.map(
    ({ kind, rights, names }) => `grant ${rights} on ${kind} ${names} to ${user}`,
  );
  throw new StorageError(
    "MI_STORAGE_PERMISSION",
    `${place} may not be read and written by the user ${user}; let the owner of the tables grant what it lacks: ${grants.join("; ")}`,
    { details: { place, schema, user, grants } },
  );
}

/** What is lacking where the user was refused to make or change tables. */
export async function refusedSteps(
  client: pg.PoolClient,
  schema: string,
  place: string,
  cause: unknown,
): Promise<StorageError> {
  const { user, database } = await whoIsIt(client);
  const { rows } = await client.query<{ name: string; may_create: boolean }>(
    `select format('%I', nspname) as name, has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create') as may_create
    from pg_namespace where nspname = $1`,
    [schema],
  );
  const [found] = rows;
  const grant =
    found === undefined
      ? `grant create on database ${database} to ${user}`
      : `grant usage, create on schema ${found.name} to ${user}`;
  const advice =
    found?.may_create === true
      ? "open it once as the owner of the tables"
      : `open it once as a user who may, or let the owner run: ${grant}`;
  return new StorageError(
    "MI_STORAGE_PERMISSION",
    `${place} needs tables made or changed in the schema ${JSON.stringify(schema)}, and the user ${user} may not; ${advice}`,
    { cause, details: { place, schema, user } },
  );
}

/** Names as SQL has them. */
async function whoIsIt(
  client: pg.PoolClient,
): Promise<{ readonly user: string; readonly database: string }> {
  const { rows } = await client.query<{ user: string; database: string }>(
    `select format('%I', current_user) as user, format('%I', current_database()) as database`,
  );
  return rows[0] ?? { user: "", database: "" };
}
