import type { Connection } from "../connection.ts";
import type { Problem } from "./problem.ts";

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

/** What SQLite itself finds, and rows that name one that is missing. */
export function* rowProblems({ database }: Connection): Generator<Problem> {
  const found = database.prepare<[], string>("PRAGMA integrity_check").pluck().all();
  for (const message of found) if (message !== "ok") yield { kind: "file", message, details: {} };

  for (const [table, column, target, key] of LINKS) {
    const dangling = database
      .prepare<[], Record<string, unknown>>(
        `SELECT * FROM ${table} AS row WHERE row.${column} IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM ${target} AS target WHERE target.${key} = row.${column})`,
      )
      .all();
    for (const row of dangling)
      yield {
        kind: "row",
        message: `${table}.${column} names ${String(row[column])}, which is not in ${target}`,
        details: { table, column, row },
      };
  }
}
