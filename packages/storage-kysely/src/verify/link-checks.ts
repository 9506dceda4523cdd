import { sql } from "kysely";
import { check } from "./check.ts";
import type { Check, CheckEngine } from "./check.ts";

/** Columns that name a row of another table. */
const LINKS = [
  ["mi_versions", "lineage_key", "mi_versions", "version_key"],
  ["mi_versions", "parent_key", "mi_versions", "version_key"],
  ["mi_versions", "merged_from_key", "mi_versions", "version_key"],
  ["mi_versions", "type_key", "mi_types", "type_key"],
  ["mi_versions", "sequence", "mi_commits", "sequence"],
  ["mi_late_versions", "sequence", "mi_commits", "sequence"],
  ["mi_late_versions", "version_key", "mi_versions", "version_key"],
  ["mi_heads", "version_key", "mi_versions", "version_key"],
  ["mi_references", "version_key", "mi_versions", "version_key"],
  ["mi_references", "target_key", "mi_versions", "version_key"],
  ["mi_version_lists", "version_key", "mi_versions", "version_key"],
  ["mi_version_lists", "segment_key", "mi_segments", "segment_key"],
  ["mi_segment_items", "segment_key", "mi_segments", "segment_key"],
  ["mi_segment_items", "member_key", "mi_versions", "version_key"],
  ["mi_segment_runs", "segment_key", "mi_segments", "segment_key"],
  ["mi_segment_runs", "source_key", "mi_segments", "segment_key"],
  ["mi_named_refs", "version_key", "mi_versions", "version_key"],
] as const;

/** Rows that name one that is missing. */
export function linkChecks({ queries, table }: CheckEngine): readonly Check[] {
  return LINKS.map(([from, column, to, key]) => {
    const named = sql.ref(`named.${column}`);
    const query = sql`select ${named} from ${table(from)} as named
      left join ${table(to)} as target on ${sql.ref(`target.${key}`)} = ${named}
      where ${named} is not null and ${sql.ref(`target.${key}`)} is null`;
    return check<readonly [key: number]>({ compile: () => query.compile(queries) }, ([missing]) => [
      {
        kind: "row",
        message: `${from}.${column} names ${missing}, which is not in ${to}`,
        details: { table: from, column, key: missing },
      },
    ]);
  });
}
