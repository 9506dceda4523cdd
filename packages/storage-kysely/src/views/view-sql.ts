import { hashOf, quotedName, withHash } from "./sql-name.ts";
import type { ViewColumn, ViewDefinition } from "./view-definition.ts";
import { HEAD, LIST, viewNames } from "./view-names.ts";

/** What engines say in other words. */
export interface ViewDialect {
  /** A table of ours, with its schema. */
  readonly table: (name: string) => string;
  /** The value of a field that is neither a reference nor a list; NULL where it is of another kind. Never an error. */
  readonly value: (data: string, column: ViewColumn) => string;
  /** The whole number of `{"$ref":0}` or `{"$list":0}`; NULL where there is none. */
  readonly place: (data: string, field: string, tag: "$ref" | "$list") => string;
  /** Tells the planner that many versions meet a condition, where it doesn't look for itself. */
  readonly often: (condition: string) => string;
  /** That two rows name one version, besides one lineage. */
  readonly sameVersion: (one: string, other: string) => string;
  /** The columns of an index that finds a version by its lineage, and then by its key. */
  readonly lineageIndex: string;
  /** Joins the members of lists to `mi_versions v`; the columns are their `field`, `position` and `member_id`. */
  readonly members: {
    readonly columns: string;
    readonly joins: (fields: readonly string[]) => string;
  };
  /** What an index of these values is made of, after the name of the table; `undefined` where there can be none. */
  readonly indexOf: (column: ViewColumn, value: string) => string | undefined;
}

/** A view, or an index, and the statement that makes it. */
export interface NamedSql {
  readonly name: string;
  readonly sql: string;
}

/** An index that is there once for all views. */
interface SharedIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: string;
}

/**
 * Each view joins as few tables as it can: PostgreSQL looks for an order of eight of them, which three views together stay
 * below, and reads views beyond those as a whole. What is one row for each version is a subquery in the select list.
 *
 * The columns of a view are in the order of this text: a definition that only gains fields only gains columns at its end.
 */
export function viewSelects(
  dialect: ViewDialect,
  name: string,
  definition: ViewDefinition,
  typeKeys: readonly number[],
): readonly NamedSql[] {
  const { table } = dialect;
  const fields = definition.columns.map(
    (column) => `${fieldValue(dialect, column)} AS ${quotedName(column.name)}`,
  );
  const ofCommit = (column: string): string =>
    `(SELECT c.${column} FROM ${table("mi_commits")} c WHERE c.sequence = v.sequence)`;
  const columns = [
    "v.ecs_id",
    "origin.lineage_id",
    `(SELECT p.ecs_id FROM ${table("mi_versions")} p WHERE p.version_key = v.parent_key) AS parent_id`,
    `(SELECT p.ecs_id FROM ${table("mi_versions")} p WHERE p.version_key = v.merged_from_key) AS merged_from_id`,
    `(SELECT t.name FROM ${table("mi_types")} t WHERE t.type_key = v.type_key) AS type_name`,
    "v.schema_version",
    "v.created_at",
    `EXISTS (SELECT 1 FROM ${table("mi_heads")} h WHERE h.lineage_key = v.lineage_key AND h.version_key = v.version_key) AS is_head`,
    "v.sequence AS commit_sequence",
    `${ofCommit("actor")} AS commit_actor`,
    `${ofCommit("operation")} AS commit_operation`,
    `${ofCommit("reason")} AS commit_reason`,
    `${ofCommit("created_at")} AS commit_at`,
    "v.data AS record_data",
    ...fields,
  ];
  const joins = `JOIN ${table("mi_versions")} origin ON origin.version_key = v.lineage_key`;
  const select = `SELECT ${columns.join(",\n  ")}`;
  const where = `WHERE ${dialect.often(isOfTypes("v.type_key", typeKeys))}`;
  const lists = definition.columns.filter(({ kind }) => kind === "list");
  const selects: Readonly<Record<string, string>> = {
    [name]: `${select}\nFROM ${table("mi_versions")} v\n${joins}\n${where}`,
    [name + HEAD]:
      `${select}\nFROM ${table("mi_heads")} k\nJOIN ${table("mi_versions")} v ON v.lineage_key = k.lineage_key AND ${dialect.sameVersion("v", "k")}\n${joins}\n${where}`,
    [name + LIST]: `SELECT v.ecs_id AS holder_id, ${dialect.members.columns}
FROM ${table("mi_versions")} v
${dialect.members.joins(lists.map(({ field }) => field))}
${where}`,
  };
  return viewNames(name, definition).map((view) => ({ name: view, sql: selects[view] ?? "" }));
}

function fieldValue(dialect: ViewDialect, column: ViewColumn): string {
  const { table, place, value } = dialect;
  switch (column.kind) {
    case "reference":
      return `(SELECT t.ecs_id FROM ${table("mi_references")} r JOIN ${table("mi_versions")} t ON t.version_key = r.target_key WHERE r.version_key = v.version_key AND r.position = ${place("v.data", column.field, "$ref")})`;
    case "list":
      return `(SELECT l.length FROM ${table("mi_version_lists")} l WHERE l.version_key = v.version_key AND l.list_index = ${place("v.data", column.field, "$list")})`;
    default:
      return value("v.data", column);
  }
}

/** Finds who refers to a version, and which lists it stands in: one for all types. */
const targetIndex = {
  name: "mi_view_reference",
  table: "mi_references",
  columns: "target_key",
};
const memberIndex = { name: "mi_view_member", table: "mi_segment_items", columns: "member_key" };

/** The indexes that a view needs. An index of a field has its definition in its name. */
export function viewIndexes(
  dialect: ViewDialect,
  view: string,
  definition: ViewDefinition,
  typeKeys: readonly number[],
): readonly NamedSql[] {
  const found = new Map<string, string>();
  const add = ({ name, table, columns }: SharedIndex): void => {
    found.set(
      name,
      `CREATE INDEX IF NOT EXISTS ${quotedName(name)} ON ${dialect.table(table)} (${columns})`,
    );
  };
  // Every view finds the versions of a lineage by this one.
  add({ name: "mi_view_lineage", table: "mi_versions", columns: dialect.lineageIndex });
  for (const column of definition.columns) {
    if (!definition.indexes.includes(column.field)) continue;
    if (column.kind === "reference") add(targetIndex);
    else if (column.kind === "list") add(memberIndex);
    else {
      const index = dialect.indexOf(column, dialect.value("data", column));
      if (index === undefined) continue;
      const what = `${index} WHERE ${isOfTypes("type_key", typeKeys)}`;
      const name = withHash(indexPrefix(view) + column.name, what);
      found.set(
        name,
        `CREATE INDEX IF NOT EXISTS ${quotedName(name)} ON ${dialect.table("mi_versions")} ${what}`,
      );
    }
  }
  return [...found].map(([name, sql]) => ({ name, sql }));
}

/** What the names of all indexes begin with that this view alone needs. */
export function indexPrefix(view: string): string {
  return `mi_view_${hashOf(view)}_`;
}

/** In the same words in views and indexes: an engine uses an index of some rows when it finds its condition in the query. */
function isOfTypes(column: string, typeKeys: readonly number[]): string {
  const [key, second] = typeKeys;
  return second === undefined ? `${column} = ${key ?? 0}` : `${column} IN (${typeKeys.join(", ")})`;
}
