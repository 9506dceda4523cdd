import { CorruptionError } from "../errors.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord, StoredVersion } from "./contract.ts";

/** Every version that a record refers to, by references first, then by lists; duplicates kept. */
export function* referencedIds(record: EntityRecord): Generator<EcsId> {
  yield* record.refs;
  for (const list of record.lists) yield* list;
}

/**
 * `EntityStorage.readTree` for a backend that has nothing better: one `read` for each level of the tree.
 *
 * @throws CorruptionError when a version that another one refers to is not stored.
 */
export async function readTreeByLevels(
  read: (ids: readonly EcsId[]) => Promise<readonly (StoredVersion | undefined)[]>,
  roots: readonly EcsId[],
): Promise<readonly StoredVersion[]> {
  const found: StoredVersion[] = [];
  const seen = new Set<EcsId>(roots);
  let level: readonly EcsId[] = [...seen];
  let isRootLevel = true;
  while (level.length > 0) {
    const next: EcsId[] = [];
    for (const [index, stored] of (await read(level)).entries()) {
      if (stored === undefined) {
        if (isRootLevel) continue;
        throw new CorruptionError(
          `Version ${level[index]} is referred to but not stored; run verify() on the storage`,
          { ecsId: level[index] },
        );
      }
      found.push(stored);
      for (const id of referencedIds(stored.record)) {
        if (seen.has(id)) continue;
        seen.add(id);
        next.push(id);
      }
    }
    level = next;
    isRootLevel = false;
  }
  return found;
}
