import { RefList } from "@mi/ecs";
import type { EcsId, StoredVersion } from "@mi/ecs";
import { listBuilderOf } from "../../lists/loaded-segments.ts";
import type { SegmentRow } from "../../lists/loaded-segments.ts";
import type { ListAddress, VersionRow } from "../../read/version-row.ts";
import type { Connection } from "../connection.ts";
import { RowsRead } from "./rows-read.ts";
import { SEGMENT, selectByIds, selectItems, selectSegments, selectTrees } from "./select-trees.ts";

/** The start of a segment that has items of its own there, and nothing else. */
interface OwnItems {
  readonly segment: number;
  readonly ids: RefList;
}

/** Reads whole versions, with at most three queries however many there are. */
export class VersionReader {
  readonly #byIds;
  readonly #items;
  readonly #segments;
  readonly #trees;

  constructor(connection: Connection) {
    this.#byIds = connection.rows<[ids: string], VersionRow>(selectByIds());
    this.#items = connection.rows<[segment: number, length: number], VersionRow>(selectItems());
    this.#segments = connection.rows<[lists: string], SegmentRow>(selectSegments());
    this.#trees = connection.rows<[ids: string, lists: string], VersionRow>(selectTrees());
  }

  /** In the order of the ids, duplicates kept. Runs inside a transaction. */
  read(ids: readonly EcsId[]): readonly (StoredVersion | undefined)[] {
    if (ids.length === 0) return [];
    const rows = new RowsRead();
    rows.add(this.#byIds.all(asJson(ids)));
    const lists = rows.lists();
    const segments = lists.length === 0 ? [] : this.#segments.all(JSON.stringify(lists));
    const found = new Map<EcsId, StoredVersion>();
    for (const stored of versionsOf(rows, lists, segments, undefined))
      found.set(stored.record.ecsId, stored);
    return ids.map((id) => found.get(id));
  }

  /**
   * The roots and all that they reach. Runs inside a transaction.
   *
   * Most of most trees is one long list of versions that name nothing. Its items are read by themselves, since a query
   * that looks on from each version takes twice the time.
   */
  readTree(roots: readonly EcsId[]): readonly StoredVersion[] {
    if (roots.length === 0) return [];
    const rows = new RowsRead();
    rows.add(this.#byIds.all(asJson(roots)));
    const own = this.#readItems(rows);
    const lists = rows.lists().filter((list) => !isIn(own, list));
    const ids = rows.missing();
    if (lists.length === 0 && ids.length === 0) return versionsOf(rows, [], [], own);
    const versions: VersionRow[] = [];
    const segments: SegmentRow[] = [];
    for (const row of this.#trees.all(JSON.stringify(ids), JSON.stringify(lists)))
      if (row[10] === SEGMENT) segments.push([row[0], row[9]]);
      else versions.push(row);
    rows.add(versions);
    return versionsOf(rows, rows.lists(), segments, own);
  }

  /** Adds the members of the longest list that borrows nothing. */
  #readItems(rows: RowsRead): OwnItems | undefined {
    let longest: { readonly segment: number; readonly length: number } | undefined;
    for (const [segment, length, runCount] of rows.lists())
      if (segment !== null && runCount === 0 && length > (longest?.length ?? 0))
        longest = { segment, length };
    if (longest === undefined) return undefined;
    const { segment, length } = longest;
    const members = this.#items.all(segment, length);
    rows.add(members);
    const ids: EcsId[] = [];
    for (const row of members) if (row[1] !== null) ids.push(row[1]);
    // What has a gap is left to those who can say where it is.
    return ids.length === length ? { segment, ids: RefList.from(ids) } : undefined;
  }
}

function versionsOf(
  rows: RowsRead,
  lists: readonly ListAddress[],
  segments: readonly SegmentRow[],
  own: OwnItems | undefined,
): readonly StoredVersion[] {
  const builder = listBuilderOf(lists, segments, (id: EcsId | null) => id ?? undefined);
  return rows.versions((list) =>
    own !== undefined && isIn(own, list)
      ? RefList.take(own.ids, list[1])
      : builder.build(list[0], list[1]),
  );
}

function isIn(own: OwnItems | undefined, [segment, length]: ListAddress): boolean {
  return own?.segment === segment && length <= own.ids.length;
}

function asJson(ids: readonly EcsId[]): string {
  return JSON.stringify([...new Set(ids)]);
}
