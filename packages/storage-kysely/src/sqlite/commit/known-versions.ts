import type { EcsId } from "@mi/ecs";

/** Where a stored version is. */
export interface Place {
  readonly key: number;
  readonly lineage: number;
}

/** The versions that one commit has to do with: those that it brings, and those that are stored. */
export class KnownVersions {
  readonly #fresh = new Map<EcsId, number>();
  readonly #stored = new Map<EcsId, Place | undefined>();
  readonly #find: (id: EcsId) => Place | undefined;

  constructor(find: (id: EcsId) => Place | undefined) {
    this.#find = find;
  }

  /** A version of the commit. */
  add(id: EcsId, key: number): void {
    this.#fresh.set(id, key);
  }

  isFresh(id: EcsId): boolean {
    return this.#fresh.has(id);
  }

  stored(id: EcsId): Place | undefined {
    let place = this.#stored.get(id);
    if (place === undefined && !this.#stored.has(id)) {
      place = this.#find(id);
      this.#stored.set(id, place);
    }
    return place;
  }

  isKnown(id: EcsId): boolean {
    return this.#fresh.has(id) || this.stored(id) !== undefined;
  }

  /** The key of a version that is known. */
  readonly keyOf = (id: EcsId): number => {
    const key = this.#fresh.get(id) ?? this.stored(id)?.key;
    if (key === undefined)
      throw new RangeError(`Version ${id} was written about before it was found`);
    return key;
  };
}
