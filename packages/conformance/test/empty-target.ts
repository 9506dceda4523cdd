import type { ConformanceTarget, Medium } from "@mi/conformance";
import { StorageError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";

/** Shows nothing and takes nothing: C-001 passes on it, and most other clauses fail. */
export function emptyStorage(): EntityStorage {
  const nothing = async () => ({ items: [], next: undefined });
  return {
    commit: () => Promise.reject(new StorageError("MI_STORAGE_PERMISSION", "read only")),
    read: async (ids) => ids.map(() => undefined),
    readTree: async () => [],
    heads: async (lineages) => lineages.map(() => []),
    versions: nothing,
    commits: nothing,
    refs: nothing,
    stats: async () => ({ versions: 0, lineages: 0, commits: 0 }),
    clear: async () => undefined,
    close: async () => undefined,
  };
}

export function emptyTarget(own: Partial<Medium> = {}): ConformanceTarget {
  return {
    name: "empty",
    create: async () => ({
      facts: { durable: false, multiProcess: false, maxPayloadBytes: 1024 },
      open: async () => emptyStorage(),
      destroy: async () => undefined,
      ...own,
    }),
  };
}
