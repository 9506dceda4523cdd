import type { EcsId, RefList, StoredVersion } from "@mi/ecs";
import { hasLinks, linksOf, storedVersion } from "../../read/version-row.ts";
import type { Links, ListAddress, VersionRow } from "../../read/version-row.ts";

/** The rows of versions that several queries answered, each version once. */
export class RowsRead {
  /** Most versions name nothing: nothing is made for those. */
  readonly #leaves: VersionRow[] = [];
  readonly #leafKeys = new SeenKeys();
  readonly #holders: (readonly [row: VersionRow, links: Links])[] = [];
  readonly #holderKeys = new SeenKeys();

  add(rows: readonly VersionRow[]): void {
    for (const row of rows)
      if (!hasLinks(row)) {
        if (this.#leafKeys.add(row[0])) this.#leaves.push(row);
      } else if (this.#holderKeys.add(row[0])) this.#holders.push([row, linksOf(row)]);
  }

  /** The lists of all, but for empty ones. */
  lists(): readonly ListAddress[] {
    return this.#holders.flatMap(([, { lists }]) => lists.filter(([segment]) => segment !== null));
  }

  /** The ids that are referred to outside of lists, and whose rows are not here. */
  missing(): readonly EcsId[] {
    const refs = new Set(this.#holders.flatMap(([, links]) => links.refs));
    if (refs.size === 0) return [];
    const present = [...this.#leaves, ...this.#holders.map(([row]) => row)];
    for (const row of present) if (row[1] !== null) refs.delete(row[1]);
    return [...refs];
  }

  /** @throws CorruptionError when a row is not what was stored. */
  versions(listOf: (address: ListAddress) => RefList): readonly StoredVersion[] {
    const versions = this.#holders.map(([row, links]) =>
      storedVersion(row, links, links.lists.map(listOf)),
    );
    for (const row of this.#leaves) versions.push(storedVersion(row));
    return versions;
  }
}

/** Keys that came before. Those of a list that was appended to only rise, and then none has to be kept. */
class SeenKeys {
  readonly #rising: number[] = [];
  #all: Set<number> | undefined;

  /** Answers whether it is new. */
  add(key: number): boolean {
    if (this.#all === undefined) {
      const last = this.#rising.at(-1);
      if (last === undefined || key > last) {
        this.#rising.push(key);
        return true;
      }
      this.#all = new Set(this.#rising);
    }
    const before = this.#all.size;
    return this.#all.add(key).size > before;
  }
}
