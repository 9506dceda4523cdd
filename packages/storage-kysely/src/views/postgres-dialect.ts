import { recordKey } from "./record-key.ts";
import { quotedText } from "./sql-name.ts";
import type { ViewColumn } from "./view-definition.ts";
import type { ViewDialect } from "./view-sql.ts";

/** Views in PostgreSQL, on the tables of a schema, whose name is quoted already. */
export function postgresDialect(schema: string): ViewDialect {
  return {
    table: (name) => `${schema}.${name}`,
    value: valueOf,
    place: (data, field, tag) => placeOf(data, key(field), tag),
    often: (condition) => condition,
    // Of two equations the planner takes each for one row in all versions, so that it expects one head in the whole view.
    sameVersion: (one, other) =>
      `${one}.version_key >= ${other}.version_key AND ${one}.version_key <= ${other}.version_key`,
    lineageIndex: "lineage_key, version_key",
    members: {
      columns: `m.field, m.position, t.ecs_id AS member_id`,
      joins: (fields) => {
        const listOfField = `(VALUES ${fields.map(fieldRow).join(", ")}) AS f (field, key)
  JOIN ${schema}.mi_version_lists l ON l.version_key = v.version_key AND l.list_index = ${placeOf("v.data", "f.key", "$list")}`;
        return `CROSS JOIN LATERAL (
  SELECT f.field, i.position, i.member_key FROM ${listOfField}
  JOIN ${schema}.mi_segment_items i ON i.segment_key = l.segment_key AND i.position < l.length
  UNION ALL
  SELECT f.field, r.position + i.position - r.source_position, i.member_key FROM ${listOfField}
  JOIN ${schema}.mi_segment_runs r ON r.segment_key = l.segment_key AND r.position < l.length
  JOIN ${schema}.mi_segment_items i ON i.segment_key = r.source_key
    AND i.position >= r.source_position
    AND i.position < r.source_position + least(r.length, l.length - r.position)
) m
JOIN ${schema}.mi_versions t ON t.version_key = m.member_key`;
      },
    },
    indexOf,
  };
}

function valueOf(data: string, { field, kind }: ViewColumn): string {
  const record = `(${data})::json`;
  const value = `(${record} -> ${key(field)})`;
  const text = `(${record} ->> ${key(field)})`;
  const type = `json_typeof(${value})`;
  const readable = `(${value} #>> '{$string,text}')`;
  switch (kind) {
    case "text":
      return `CASE ${type} WHEN 'string' THEN ${text} WHEN 'object' THEN ${readable} END`;
    case "integer":
      // A cast must not fail: a whole number of JavaScript has up to 16 digits, one of an older shape may have a fraction.
      return `CASE WHEN ${type} = 'number' AND ${text} ~ '^-?[0-9]{1,18}$' THEN ${text}::bigint END`;
    case "number":
      return `CASE WHEN ${type} = 'number' THEN ${text}::double precision END`;
    case "boolean":
      return `CASE WHEN ${type} = 'boolean' THEN ${text}::boolean END`;
    case "bigint":
      return `(${value} ->> '$bigint')`;
    case "date":
      return `(${value} ->> '$date')`;
    default:
      return `CASE WHEN ${type} = 'null' THEN NULL WHEN ${readable} IS NOT NULL THEN to_json(${readable}) ELSE ${value} END`;
  }
}

/** A hash takes texts of any length; an entry of a tree may have 2,700 bytes, and a longer one would stop the commit. */
function indexOf({ kind }: ViewColumn, value: string): string | undefined {
  switch (kind) {
    case "json":
      return undefined;
    case "text":
    case "bigint":
      return `USING hash ((${value}))`;
    default:
      return `USING btree ((${value}))`;
  }
}

function placeOf(data: string, label: string, tag: string): string {
  const value = `((${data})::json -> ${label} -> '${tag}')`;
  return `CASE WHEN json_typeof(${value}) = 'number' THEN (${value})::text::integer END`;
}

function key(field: string): string {
  return quotedText(recordKey(field));
}

function fieldRow(field: string): string {
  return `(${quotedText(field)}, ${key(field)})`;
}
