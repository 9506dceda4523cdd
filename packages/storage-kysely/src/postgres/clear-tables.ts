import type { PoolSession } from "./session.ts";

/**
 * First the table that `mi_commit` looks at first, so that neither holds what the other waits for. An `mi_append` begins
 * with the heads: should the two wait for each other, the server undoes one of them, and it is sent again.
 */
const TABLES = [
  "mi_commits",
  "mi_named_refs",
  "mi_heads",
  "mi_late_versions",
  "mi_version_lists",
  "mi_segment_runs",
  "mi_segment_items",
  "mi_segments",
  "mi_references",
  "mi_versions",
];

/**
 * Deletes every row but those that name types, and begins to count commits anew. Waits for commits under way, and keeps
 * others out. Keys of segments go on: a commit that was planned before can't take a new segment for an old one.
 */
export async function clearTables(session: PoolSession, schema: string): Promise<void> {
  await session.runTogether([
    `truncate ${TABLES.map((table) => `${schema}.${table}`).join(", ")}`,
    `alter sequence ${schema}.mi_commits_sequence_seq restart`,
  ]);
}
