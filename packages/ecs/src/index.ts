// Errors
export {
  CorruptionError,
  IdReuseError,
  InvalidIdError,
  MiError,
  MissingVersionError,
  StorageError,
} from "./errors.ts";
export type { EcsErrorCode, StorageErrorCode } from "./errors.ts";

// Ids
export { parseCommitId, parseEcsId, parseLineageId, uuidV7Ids } from "./ids.ts";
export type { CommitId, EcsId, IdSource, LineageId, LiveId } from "./ids.ts";

// For backend authors
export { RefList } from "./storage/ref-list.ts";
export { readTreeByLevels, referencedIds } from "./storage/read-tree-by-levels.ts";
export type {
  Commit,
  CommitHeader,
  CommitQuery,
  CommitResult,
  Cursor,
  EntityRecord,
  EntityStorage,
  ListBase,
  ListEdit,
  NamedRef,
  Page,
  PageOf,
  RefMove,
  RefQuery,
  StorageStats,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
  VersionWrite,
} from "./storage/contract.ts";
