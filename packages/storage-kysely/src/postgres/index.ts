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
export type { ViewTypes } from "../views/requested-views.ts";
export type { MemberView, PostgresTypes, VersionView, ViewTables } from "../views/view-tables.ts";
export type { ViewsTable } from "../views/views-table.ts";
