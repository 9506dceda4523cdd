// Storages that are made of other storages
export { CachedStorage } from "./storage/compose/cached-storage.ts";
export type { CachedStorageOptions } from "./storage/compose/cached-storage.ts";
export { InstrumentedStorage } from "./storage/compose/instrumented-storage.ts";
export type {
  InstrumentedStorageOptions,
  StorageCall,
  StorageMethod,
  StorageTotals,
} from "./storage/compose/instrumented-storage.ts";
export { RecordCache } from "./storage/compose/record-cache.ts";
export type { RecordCacheOptions, RecordCacheStatus } from "./storage/compose/record-cache.ts";

// For storages that show fields in columns
export { describeEntityType } from "./schema/describe-entity-type.ts";
export type {
  EntityFieldDescription,
  EntityTypeDescription,
} from "./schema/describe-entity-type.ts";
export type { ValueKind } from "./schema/value-kind.ts";
