import type { Connection } from "./connection.ts";

const TABLES = [
  "mi_named_refs",
  "mi_heads",
  "mi_late_versions",
  "mi_version_lists",
  "mi_segment_runs",
  "mi_segment_items",
  "mi_segments",
  "mi_references",
  "mi_versions",
  "mi_commits",
];

/** Deletes every row but those that name types, which writers remember, and the schema. */
export function clearTables(connection: Connection): void {
  const { database } = connection;
  connection.requireNoTransaction();
  // With foreign keys on, SQLite would look for the children of each row, by scanning.
  database.pragma("foreign_keys = OFF");
  try {
    connection.writing(() => {
      for (const table of TABLES) database.exec(`DELETE FROM ${table}`);
    });
  } finally {
    database.pragma("foreign_keys = ON");
  }
}
