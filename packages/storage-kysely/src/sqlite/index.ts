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
export type { ViewTypes } from "../views/requested-views.ts";
export type { MemberView, SqliteTypes, VersionView, ViewTables } from "../views/view-tables.ts";
export type { ViewsTable } from "../views/views-table.ts";
