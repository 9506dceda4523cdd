import type { Migration } from "../migrations/plan-migrations.ts";

/**
 * Notes on the layout, each measured in bytes for a turn of a conversation:
 * - Tables whose rows are small and found by their whole key have no rowid, so the key is stored once.
 * - `data` is the last column: a listing never reads the pages that a long payload overflows to.
 * - An index on a column of `mi_versions` ends in the version's key, so it gives the rows in storage order.
 */
const init: Migration = {
  number: 1,
  name: "init",
  statements: [
    `CREATE TABLE mi_commits (
      sequence INTEGER PRIMARY KEY,
      commit_id TEXT NOT NULL UNIQUE,
      created_at TEXT NOT NULL,
      operation TEXT,
      actor TEXT,
      reason TEXT,
      correlation_id TEXT,
      cause_id TEXT,
      metadata TEXT NOT NULL,
      first_version_key INTEGER NOT NULL,
      version_count INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX mi_commits_correlation ON mi_commits (correlation_id)
      WHERE correlation_id IS NOT NULL`,
    `CREATE TABLE mi_types (
      type_key INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT`,
    // A child may be stored before its parent, inside one commit.
    `CREATE TABLE mi_versions (
      version_key INTEGER PRIMARY KEY,
      ecs_id TEXT NOT NULL UNIQUE,
      lineage_key INTEGER NOT NULL REFERENCES mi_versions,
      lineage_id TEXT,
      parent_key INTEGER REFERENCES mi_versions DEFERRABLE INITIALLY DEFERRED,
      merged_from_key INTEGER REFERENCES mi_versions DEFERRABLE INITIALLY DEFERRED,
      type_key INTEGER NOT NULL REFERENCES mi_types,
      schema_version INTEGER NOT NULL,
      sequence INTEGER NOT NULL REFERENCES mi_commits,
      created_at TEXT NOT NULL,
      ref_count INTEGER NOT NULL,
      list_count INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      data TEXT NOT NULL
    ) STRICT`,
    `CREATE UNIQUE INDEX mi_versions_lineage_id ON mi_versions (lineage_id)
      WHERE lineage_id IS NOT NULL`,
    `CREATE INDEX mi_versions_lineage ON mi_versions (lineage_key)
      WHERE lineage_id IS NULL`,
    `CREATE INDEX mi_versions_type ON mi_versions (type_key)`,
    `CREATE TABLE mi_late_versions (
      sequence INTEGER NOT NULL REFERENCES mi_commits,
      version_key INTEGER NOT NULL REFERENCES mi_versions,
      PRIMARY KEY (sequence, version_key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_heads (
      lineage_key INTEGER NOT NULL REFERENCES mi_versions,
      version_key INTEGER NOT NULL REFERENCES mi_versions,
      PRIMARY KEY (lineage_key, version_key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_references (
      version_key INTEGER NOT NULL REFERENCES mi_versions,
      position INTEGER NOT NULL,
      target_key INTEGER NOT NULL REFERENCES mi_versions,
      PRIMARY KEY (version_key, position)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_segments (
      segment_key INTEGER PRIMARY KEY,
      run_count INTEGER NOT NULL
    ) STRICT`,
    `CREATE TABLE mi_segment_items (
      segment_key INTEGER NOT NULL REFERENCES mi_segments,
      position INTEGER NOT NULL,
      member_key INTEGER NOT NULL REFERENCES mi_versions,
      PRIMARY KEY (segment_key, position)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_segment_runs (
      segment_key INTEGER NOT NULL REFERENCES mi_segments,
      position INTEGER NOT NULL,
      source_key INTEGER NOT NULL REFERENCES mi_segments,
      source_position INTEGER NOT NULL,
      length INTEGER NOT NULL,
      PRIMARY KEY (segment_key, position)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_version_lists (
      version_key INTEGER NOT NULL REFERENCES mi_versions,
      list_index INTEGER NOT NULL,
      segment_key INTEGER REFERENCES mi_segments,
      length INTEGER NOT NULL,
      PRIMARY KEY (version_key, list_index)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE mi_named_refs (
      sort_key BLOB PRIMARY KEY NOT NULL,
      name TEXT NOT NULL,
      version_key INTEGER NOT NULL REFERENCES mi_versions
    ) STRICT, WITHOUT ROWID`,
  ],
};

export const migrations: readonly Migration[] = [init];
