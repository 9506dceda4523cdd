import type { EcsId, RefList, StoredVersion } from "@mi/ecs";
import { hasLinks, linksOf, storedVersion } from "../../read/version-row.ts";
import type { Links, ListAddress, VersionRow } from "../../read/version-row.ts";

/** The rows of versions that several queries answered, each version once. */
export class RowsRead {
  /** Most versions name nothing: nothing is made for those. */
  readonly #leaves = new DistinctRows();
  readonly #linked = new DistinctRows();
  readonly #holders: (readonly [row: VersionRow, links: Links])[] = [];

  add(rows: readonly VersionRow[]): void {
    for (const row of rows)
      if (!hasLinks(row)) this.#leaves.add(row);
      else if (this.#linked.add(row)) this.#holders.push([row, linksOf(row)]);
  }

  /** The lists of all, but for empty ones. */
  lists(): readonly ListAddress[] {
    return this.#holders.flatMap(([, { lists }]) => lists.filter(([segment]) => segment !== null));
  }

  /** The ids that are referred to outside of lists, and whose rows are not here. */
  missing(): readonly EcsId[] {
    const refs = new Set(this.#holders.flatMap(([, links]) => links.refs));
    if (refs.size === 0) return [];
    for (const row of [...this.#leaves.rows, ...this.#linked.rows])
      if (row[1] !== null) refs.delete(row[1]);
    return [...refs];
  }

  /** @throws CorruptionError when a row is not what was stored. */
  versions(listOf: (address: ListAddress) => RefList): readonly StoredVersion[] {
    const versions = this.#holders.map(([row, links]) =>
      storedVersion(row, links, links.lists.map(listOf)),
    );
    for (const row of this.#leaves.rows) versions.push(storedVersion(row));
    return versions;
  }
}

/** Rows of versions, each once. Keys of a list that was appended to only rise, and then no set of them is needed. */
class DistinctRows {
  readonly rows: VersionRow[] = [];
  #keys: Set<number> | undefined;

  /** Answers whether it is new. */
  add(row: VersionRow): boolean {
    const key = row[0];
    const last = this.rows.at(-1);
    if (this.#keys === undefined && last !== undefined && key <= last[0])
      this.#keys = new Set(this.rows.map((known) => known[0]));
    if (this.#keys?.has(key) === true) return false;
    this.#keys?.add(key);
    this.rows.push(row);
    return true;
  }
}
