export { PostgresStorage } from "./postgres-storage.ts";
export type { PostgresOptions } from "./postgres-options.ts";
export type { Problem } from "../verify/problem.ts";
export type {
  CommitsTable,
  HeadsTable,
  LateVersionsTable,
  MigrationsTable,
  NamedRefsTable,
  ReferencesTable,
  SegmentItemsTable,
  SegmentRunsTable,
  SegmentsTable,
  Tables,
  TypesTable,
  VersionListsTable,
  VersionsTable,
} from "../tables.ts";
