import { sql } from "kysely";
import type { EcsId, StoredVersion } from "@mi/ecs";
import { hasLinks, linksOf, NO_LINKS, NO_LISTS, storedVersion } from "../../read/version-row.ts";
import type { Links, ListAddress, VersionRow } from "../../read/version-row.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import { SegmentReader } from "./segment-reader.ts";
import { selectVersionRows } from "./select-version-rows.ts";

/** Reads whole versions, with at most three queries however many there are. */
export class VersionReader {
  readonly #byIds;
  readonly #trees;
  readonly #segments: SegmentReader;

  constructor(connection: Connection) {
    this.#byIds = connection.rows<[ids: string], VersionRow>(selectVersionRows(keysOfIds()));
    this.#trees = connection.rows<[ids: string], VersionRow>(selectVersionRows(keysOfTrees()));
    this.#segments = new SegmentReader(connection);
  }

  /** In the order of the ids, duplicates kept. Runs inside a transaction. */
  read(ids: readonly EcsId[]): readonly (StoredVersion | undefined)[] {
    if (ids.length === 0) return [];
    const found = new Map<EcsId, StoredVersion>();
    for (const stored of this.#stored(this.#byIds.all(asJson(ids)), false))
      found.set(stored.record.ecsId, stored);
    return ids.map((id) => found.get(id));
  }

  /** The roots and all that they reach. Runs inside a transaction. */
  readTree(roots: readonly EcsId[]): readonly StoredVersion[] {
    return roots.length === 0 ? [] : this.#stored(this.#trees.all(asJson(roots)), true);
  }

  #stored(rows: readonly VersionRow[], areTrees: boolean): readonly StoredVersion[] {
    // Most versions name nothing: nothing is made for those.
    const links = new Map<VersionRow, Links>();
    const addresses: ListAddress[] = [];
    for (const row of rows) {
      if (!hasLinks(row)) continue;
      const named = linksOf(row);
      links.set(row, named);
      for (const address of named.lists) addresses.push(address);
    }
    const ids = areTrees && addresses.length > 0 ? idsOf(rows) : undefined;
    const builder = this.#segments.load(addresses, ids);
    return rows.map((row) => {
      const named = links.get(row);
      if (named === undefined) return storedVersion(row, NO_LINKS, NO_LISTS);
      const lists = named.lists.map(([segment, length]) => builder.build(segment, length));
      return storedVersion(row, named, lists);
    });
  }
}

/** The ids of versions by their keys. */
function idsOf(rows: readonly VersionRow[]): Map<number, EcsId> {
  const ids = new Map<number, EcsId>();
  for (const [key, ecsId] of rows) if (ecsId !== null) ids.set(key, ecsId);
  return ids;
}

function asJson(ids: readonly EcsId[]): string {
  return JSON.stringify([...new Set(ids)]);
}

function keysOfIds() {
  return queries
    .selectFrom(sql<{ value: string }>`json_each(${argument})`.as("id"))
    .innerJoin("mi_versions", "mi_versions.ecs_id", "id.value")
    .select("mi_versions.version_key");
}

/** The keys of the roots and of all that they reach by references, items, and items that segments borrow. */
function keysOfTrees() {
  return queries
    .withRecursive("tree(version_key)", (db) =>
      db
        .selectFrom(sql<{ value: string }>`json_each(${argument})`.as("id"))
        .innerJoin("mi_versions", "mi_versions.ecs_id", "id.value")
        .select("mi_versions.version_key")
        .union(
          db
            .selectFrom("tree")
            .innerJoin("mi_references as r", "r.version_key", "tree.version_key")
            .select("r.target_key as version_key"),
        )
        .union(
          db
            .selectFrom("tree")
            .innerJoin("mi_version_lists as w", "w.version_key", "tree.version_key")
            .innerJoin("mi_segment_items as i", "i.segment_key", "w.segment_key")
            .whereRef("i.position", "<", "w.length")
            .select("i.member_key as version_key"),
        )
        .union(
          db
            .selectFrom("tree")
            .innerJoin("mi_version_lists as w", "w.version_key", "tree.version_key")
            .innerJoin("mi_segment_runs as r", "r.segment_key", "w.segment_key")
            .innerJoin("mi_segment_items as i", "i.segment_key", "r.source_key")
            .whereRef("r.position", "<", "w.length")
            .whereRef("i.position", ">=", "r.source_position")
            .where(
              sql<boolean>`i.position < r.source_position + min(r.length, w.length - r.position)`,
            )
            .select("i.member_key as version_key"),
        ),
    )
    .selectFrom("tree")
    .select("tree.version_key");
}
