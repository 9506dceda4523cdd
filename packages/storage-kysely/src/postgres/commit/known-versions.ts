import type { EcsId, LineageId } from "@mi/ecs";

/** Where a list of a version is stored. */
export interface KnownList {
  /** Null for an empty list. */
  readonly segment: number | null;
  readonly length: number;
  /** Whether its segment goes no further, as far as this process knows. */
  isEnd: boolean;
}

/** The keys of a version that is stored. */
export interface KnownVersion {
  readonly key: number;
  /** Not known of a version that was only named by another one. */
  readonly lineage: { readonly id: LineageId; readonly key: number } | undefined;
  readonly lists: readonly KnownList[];
}

/** A few hundred bytes each. */
const MOST_VERSIONS = 10_000;

/** What this process knows of the versions that it wrote or named last, so that it need not ask for their keys again. */
export class KnownVersions {
  readonly #versions = new Map<EcsId, KnownVersion>();
  readonly #types = new Set<string>();

  get(id: EcsId): KnownVersion | undefined {
    const known = this.#versions.get(id);
    if (known !== undefined) this.set(id, known);
    return known;
  }

  /** Forgets what was used longest ago when there are too many. */
  set(id: EcsId, version: KnownVersion): void {
    this.#versions.delete(id);
    this.#versions.set(id, version);
    if (this.#versions.size <= MOST_VERSIONS) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }

  /** Whether a version of this type was stored before. */
  hasType(name: string): boolean {
    return this.#types.has(name);
  }

  addType(name: string): void {
    this.#types.add(name);
  }

  forget(): void {
    this.#versions.clear();
    this.#types.clear();
  }
}
