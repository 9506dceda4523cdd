// Entities
export { Entity, entity } from "./entity/entity.ts";
export type {
  EntityClass,
  EntityFields,
  EntityInput,
  EntityShape,
  OwnStatics,
} from "./entity/entity.ts";
export type { EntityOptions, ReportIssue } from "./entity/entity-type.ts";
export type { Resolved, ResolveOptions, WeakField, WeakLinks } from "./entity/weak-links.ts";
export { UnknownEntity } from "./entity/unknown-entity.ts";
export { lineageRef, ref } from "./schema/reference.ts";
export type { ReferableClass } from "./schema/reference-target.ts";

// Registry
export { EntityRegistry } from "./registry/entity-registry.ts";
export type {
  AuditQuery,
  EntityRegistryOptions,
  Instant,
  ListOptions,
} from "./registry/registry-options.ts";
export { systemClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export type { NamedRefs, RefMoveOptions } from "./registry/named-refs.ts";
export type { EndedCall, RevertOptions } from "./entity/warm-state.ts";
export type { RegistryEvents } from "./registry/events.ts";
export type { Logger } from "./logger.ts";
export type { CommitContext, OnConflict, RequiredContext } from "./commit-context.ts";
export type { EntityModification } from "./fork/modifications.ts";

// Merging
export { MergeConflictError } from "./errors.ts";
export type { MergeConflict } from "./errors.ts";
export type { MergeOptions, MergePreview } from "./merge/merge.ts";
export type { Resolution, Resolve } from "./merge/answer.ts";

// Carrying history between storages
export { BundleError } from "./exchange/bundle-format.ts";
export type { ImportResult } from "./exchange/import-bundle.ts";

// Tracing
export { entityTracer } from "./trace/entity-tracer.ts";
export type { TracerOptions } from "./trace/entity-tracer.ts";
export type { TraceSeverity } from "./trace/severity.ts";
export { TraceDeadlockError, TraceOverlapError } from "./trace/locks.ts";

// History
export type { HeldLineage } from "./registry/history-reader.ts";
export { Lineage } from "./history/lineage.ts";
export type { LineageNode } from "./history/lineage-node.ts";
export type { CommitEntry } from "./history/commit-entry.ts";
export { EntityDependencyGraph } from "./graph/entity-dependency-graph.ts";
export type { DependencyNode } from "./graph/entity-dependency-graph.ts";
export { toJsonPatch } from "./history/json-patch.ts";
export type { JsonPatchOperation } from "./history/json-patch.ts";
export type { TreeDiff, TreeMember } from "./history/tree-diff.ts";
export type { EntityDiff, FieldChange } from "./history/record-diff.ts";
export { VersionReference } from "./history/record-fields.ts";
export { jsonForm } from "./history/json-form.ts";
export type { JsonValue } from "./history/json-form.ts";

// Errors
export { CommitContextError } from "./commit-context.ts";
export {
  ConcurrentModificationError,
  CorruptionError,
  DuplicateWarmCopyError,
  EntityDefinitionError,
  EntityTypeMismatchError,
  EntityValidationError,
  RefConflictError,
  IdReuseError,
  MissingVersionError,
  StorageError,
  UnknownEntityTypeError,
  UnsupportedValueError,
} from "./errors.ts";
export type { ValueIssue } from "./errors.ts";
export { MiError } from "./mi-error.ts";
export type { EcsErrorCode, StorageErrorCode } from "./mi-error.ts";

// Ids
export { InvalidIdError, parseCommitId, parseEcsId, parseLineageId, uuidV7Ids } from "./ids.ts";
export type { CommitId, EcsId, IdSource, LineageId, LineageIdOf, LiveId } from "./ids.ts";

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
export type { ListEdit } from "./storage/list-edit.ts";
