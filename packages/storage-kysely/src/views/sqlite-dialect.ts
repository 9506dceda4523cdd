import { recordKey } from "./record-key.ts";
import { quotedText } from "./sql-name.ts";
import type { ViewColumn } from "./view-definition.ts";
import type { ViewDialect } from "./view-sql.ts";

/** Views in SQLite. A text that its JSON functions don't take, one nested too deeply, has NULL in every column. */
export const sqliteDialect: ViewDialect = {
  table: (name) => name,
  value: (data, column) => valid(data, valueOf(data, column)),
  place: (data, field, tag) => valid(data, `json_extract(${data}, ${path(field, tag)})`),
  // Taken for ten versions, all those of a type would be gone through for each member of a list.
  often: (condition) => `likelihood(${condition}, 0.5)`,
  sameVersion: (one, other) => `${one}.version_key = ${other}.version_key`,
  // The key of the version ends every index of its table.
  lineageIndex: "lineage_key",
  // One array for each list: a UNION of items and runs would be made for all lists before one is chosen.
  members: {
    // The sign keeps the engine from beginning with a member, and going through all lists for each.
    columns: "f.field, m.key AS position, +t.ecs_id AS member_id",
    joins: (fields) => `CROSS JOIN (${fields.map(fieldRow).join(" UNION ALL ")}) f
JOIN mi_version_lists l ON l.version_key = +v.version_key
  AND l.list_index = ${valid("v.data", "json_extract(v.data, f.path)")}
JOIN json_each((SELECT json_group_array(i.member_key) FROM (
    SELECT i.position, i.member_key FROM mi_segment_items i
    WHERE i.segment_key = l.segment_key AND i.position < l.length
    UNION ALL
    SELECT r.position + i.position - r.source_position, i.member_key
    FROM mi_segment_runs r JOIN mi_segment_items i ON i.segment_key = r.source_key
      AND i.position >= r.source_position
      AND i.position < r.source_position + min(r.length, l.length - r.position)
    WHERE r.segment_key = l.segment_key AND r.position < l.length
    ORDER BY 1
  ) i)) m
JOIN mi_versions t ON t.version_key = m.value`,
  },
  // With the type, or a range of values would lose against the index of types.
  indexOf: ({ kind }, value) => (kind === "json" ? undefined : `(type_key, (${value}))`),
};

function valueOf(data: string, { field, kind }: ViewColumn): string {
  const at = path(field);
  const type = `json_type(${data}, ${at})`;
  const value = `json_extract(${data}, ${at})`;
  const readable = `json_extract(${data}, ${path(field, "$string", "text")})`;
  switch (kind) {
    case "text":
      return `CASE ${type} WHEN 'text' THEN ${value} WHEN 'object' THEN ${readable} END`;
    case "integer":
      return `CASE ${type} WHEN 'integer' THEN ${value} END`;
    case "number":
      return `CASE WHEN ${type} IN ('integer', 'real') THEN CAST(${value} AS REAL) END`;
    case "boolean":
      return `CASE ${type} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`;
    case "bigint":
      return `json_extract(${data}, ${path(field, "$bigint")})`;
    case "date":
      return `json_extract(${data}, ${path(field, "$date")})`;
    default:
      return `CASE WHEN ${type} = 'null' THEN NULL WHEN ${readable} IS NOT NULL THEN json_quote(${readable}) ELSE ${data} -> ${at} END`;
  }
}

function valid(data: string, expression: string): string {
  return `CASE WHEN json_valid(${data}) THEN ${expression} END`;
}

function path(field: string, ...inside: readonly string[]): string {
  const labels = [recordKey(field), ...inside].map((label) => `.${JSON.stringify(label)}`);
  return quotedText(`$${labels.join("")}`);
}

function fieldRow(field: string): string {
  return `SELECT ${quotedText(field)} AS field, ${path(field, "$list")} AS path`;
}
