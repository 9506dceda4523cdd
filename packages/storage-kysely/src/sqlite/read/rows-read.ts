import type { EcsId, RefList, StoredVersion } from "@mi/ecs";
import { hasLinks, linksOf, storedVersion } from "../../read/version-row.ts";
import type { Links, ListAddress, VersionRow } from "../../read/version-row.ts";

/** The rows of versions that several queries answered, each version once. */
export class RowsRead {
  readonly #keys = new Set<number>();
  /** Most versions name nothing: nothing is made for those. */
  readonly #leaves: VersionRow[] = [];
  readonly #holders: (readonly [row: VersionRow, links: Links])[] = [];

  add(rows: readonly VersionRow[]): void {
    for (const row of rows) {
      const before = this.#keys.size;
      if (this.#keys.add(row[0]).size === before) continue;
      if (hasLinks(row)) this.#holders.push([row, linksOf(row)]);
      else this.#leaves.push(row);
    }
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
