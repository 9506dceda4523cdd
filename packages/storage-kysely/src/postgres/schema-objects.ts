import type { Tables } from "../tables.ts";

/** The tables that the steps of the schema make. */
export const TABLES: readonly (keyof Tables)[] = [
  "mi_commits",
  "mi_types",
  "mi_versions",
  "mi_late_versions",
  "mi_heads",
  "mi_references",
  "mi_version_lists",
  "mi_segments",
  "mi_segment_items",
  "mi_segment_runs",
  "mi_named_refs",
  "mi_migrations",
];

/** The functions that they make and that calls run; those of triggers run by themselves. */
export const FUNCTIONS: readonly string[] = [
  "mi_commit",
  "mi_append",
  "mi_read",
  "mi_read_tree",
  "mi_read_heads",
  "mi_read_list_bases",
  "mi_settled",
  "mi_list_versions",
  "mi_list_commits",
];
