import { RefList } from "@mi/ecs";
import type { EcsId, EntityRecord } from "@mi/ecs";

/**
 * Lists of stored versions that somebody in this process still holds, as who goes on from a version holds it. A stored
 * version never changes, so what was read or written once is true until the store is cleared.
 */
export class KnownLists {
  readonly #lists = new Map<string, WeakRef<RefList>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    // Another object with the same members may have taken its place.
    if (this.#lists.get(key)?.deref() === undefined) this.#lists.delete(key);
  });

  get(of: EcsId, index: number): RefList | undefined {
    return this.#lists.get(keyOf(of, index))?.deref();
  }

  /** Notes the lists of a version that is stored. */
  note({ ecsId, lists }: EntityRecord): void {
    // Most have none, and there may be ten thousand.
    if (lists.length === 0) return;
    for (const [index, list] of lists.entries()) {
      // One of another class may change, and a copy of it is held by nobody.
      if (RefList.from(list) !== list) continue;
      const key = keyOf(ecsId, index);
      if (this.#lists.get(key)?.deref() === list) continue;
      this.#lists.set(key, new WeakRef(list));
      this.#gone.register(list, key);
    }
  }

  clear(): void {
    this.#lists.clear();
  }
}

function keyOf(of: EcsId, index: number): string {
  return `${of} ${index}`;
}
