import type { Generated } from "kysely";
import type { CommitId, EcsId, LineageId } from "@mi/ecs";

/**
 * The fixed tables, the same on each engine. Entity types and field names are data in them. A `_key` is an integer that
 * only this database knows; ids that the outside knows are text. Rows are never updated, except named refs.
 */
export interface Tables {
  mi_commits: CommitsTable;
  mi_types: TypesTable;
  mi_versions: VersionsTable;
  mi_late_versions: LateVersionsTable;
  mi_heads: HeadsTable;
  mi_references: ReferencesTable;
  mi_version_lists: VersionListsTable;
  mi_segments: SegmentsTable;
  mi_segment_items: SegmentItemsTable;
  mi_segment_runs: SegmentRunsTable;
  mi_named_refs: NamedRefsTable;
  mi_migrations: MigrationsTable;
}

/** One row for each commit: who, when, why and by what operation. */
export interface CommitsTable {
  /** The place in storage order, from 1. */
  sequence: Generated<number>;
  commit_id: CommitId;
  created_at: string;
  operation: string | null;
  actor: string | null;
  reason: string | null;
  correlation_id: string | null;
  cause_id: EcsId | null;
  /** Text of the record codec. */
  metadata: string;
  /** The versions that were stored with it have the keys from `first_version_key` on, `version_count` of them. */
  first_version_key: number;
  version_count: number;
}

/** The stored names of entity types. */
export interface TypesTable {
  type_key: Generated<number>;
  name: string;
}

/** One row for each version, with its text. */
export interface VersionsTable {
  /** Ascending in the order in which versions were stored. */
  version_key: number;
  ecs_id: EcsId;
  /** The version of its lineage that was stored first: itself, or an earlier one. */
  lineage_key: number;
  /** Names the lineage; only at the version that was stored first. */
  lineage_id: LineageId | null;
  parent_key: number | null;
  merged_from_key: number | null;
  type_key: number;
  schema_version: number;
  /** Of the commit that the version belongs to. */
  sequence: number;
  created_at: string;
  /** How many rows of `mi_references` and of `mi_version_lists` belong to it. */
  ref_count: number;
  list_count: number;
  /** CRC-32, signed, of `data` as UTF-8, the ids of its references, and the lengths of its lists. */
  checksum: number;
  /** Text of the record codec, exactly as given. */
  data: string;
}

/** Versions that were added to a commit that was stored before: by an import in parts. */
export interface LateVersionsTable {
  sequence: number;
  version_key: number;
}

/** The versions that no other one was made from. */
export interface HeadsTable {
  lineage_key: number;
  version_key: number;
}

/** The references of a version that stand outside of lists. */
export interface ReferencesTable {
  version_key: number;
  /** From 0, in document order. */
  position: number;
  target_key: number;
}

/** A list of a version is the first `length` members of a segment. */
export interface VersionListsTable {
  version_key: number;
  /** From 0, in document order. */
  list_index: number;
  /** Null for an empty list. */
  segment_key: number | null;
  length: number;
}

/** A growing list that versions share. Each position is covered by one item of its own or by one run. */
export interface SegmentsTable {
  segment_key: Generated<number>;
  /** How many rows of `mi_segment_runs` belong to it. */
  run_count: number;
}

/** The members of a segment that are its own. */
export interface SegmentItemsTable {
  segment_key: number;
  position: number;
  member_key: number;
}

/**
 * Positions `position` to `position + length` of a segment are the items of `source_key` from `source_position` on.
 * They are always items, never runs, of the source: so no chain has to be followed.
 */
export interface SegmentRunsTable {
  segment_key: number;
  position: number;
  source_key: number;
  source_position: number;
  length: number;
}

/** Names and the versions that they point at. */
export interface NamedRefsTable {
  /** The name in UTF-16, big endian, so that rows sort by code units as in JavaScript. */
  sort_key: Uint8Array;
  name: string;
  version_key: number;
}

/** Which migrations this database has had. */
export interface MigrationsTable {
  number: number;
  name: string;
  applied_at: Generated<string>;
}
