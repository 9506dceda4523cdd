export { SqliteStorage } from "./sqlite-storage.ts";
export type { SqliteOptions } from "./open-connection.ts";
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
