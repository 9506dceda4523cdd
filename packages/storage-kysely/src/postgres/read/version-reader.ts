import type { EcsId, StoredVersion } from "@mi/ecs";
import { ListBuilder } from "../../lists/list-builder.ts";
import type { LoadedItems } from "../../lists/list-builder.ts";
import type { PlacedRun } from "../../lists/pieces.ts";
import { linksOf, storedVersion } from "../../read/version-row.ts";
import type { VersionRow } from "../../read/version-row.ts";
import { decodeText } from "../../text-encoding.ts";
import { idsAsJson } from "../array-literals.ts";
import type { Session, Statement } from "../session.ts";
import { readStatement, readTreeStatement } from "./version-statements.ts";

/** The last column of a row that is no version. */
type RowKind = "segment" | "members";

interface SegmentJson {
  readonly runs:
    readonly (readonly [position: number, source: number, start: number, length: number])[] | null;
  readonly positions: readonly number[] | null;
  readonly members: readonly number[] | null;
}

interface MembersJson {
  readonly keys: readonly number[];
  readonly ids: readonly EcsId[];
}

/** Reads whole versions, with one round trip however many there are. */
export class VersionReader {
  readonly #session: Session;
  readonly #read: Statement;
  readonly #readTree: Statement;

  constructor(session: Session, schema: string) {
    this.#session = session;
    this.#read = readStatement(schema);
    this.#readTree = readTreeStatement(schema);
  }

  /** In the order of the ids, duplicates kept. */
  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    if (ids.length === 0) return [];
    const found = new Map<EcsId, StoredVersion>();
    for (const stored of await this.#versions(this.#read, ids))
      found.set(stored.record.ecsId, stored);
    return ids.map((id) => found.get(id));
  }

  /** The roots and all that they reach. */
  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return roots.length === 0 ? [] : this.#versions(this.#readTree, roots);
  }

  async #versions(statement: Statement, ids: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    const rows = await this.#session.run<VersionRow>(statement, [idsAsJson([...new Set(ids)])]);
    const versions: VersionRow[] = [];
    const memberIds = new Map<number, EcsId>();
    const segments: (readonly [key: number, json: string])[] = [];
    for (const row of rows) {
      const [key, ecsId, , , , , , , , data, kind] = row;
      if (isKind(kind, "segment")) segments.push([key, data]);
      else if (isKind(kind, "members")) {
        const { keys, ids: found } = JSON.parse(data) as MembersJson;
        for (const [i, id] of found.entries()) memberIds.set(keys[i] ?? 0, id);
      } else {
        versions.push(row);
        if (ecsId !== null) memberIds.set(key, ecsId);
      }
    }
    const builder = listBuilder(versions, segments, memberIds);
    return versions.map((row) => {
      const links = linksOf(row);
      const lists = links.lists.map(([segment, length]) => builder.build(segment, length));
      return storedVersion(decoded(row), links, lists);
    });
  }
}

function isKind(links: string | null, kind: RowKind): boolean {
  return links === kind;
}

/** With its texts as they were given. */
function decoded(row: VersionRow): VersionRow {
  const [
    key,
    ecsId,
    lineageId,
    type,
    schema,
    createdAt,
    commitId,
    sequence,
    checksum,
    data,
    links,
  ] = row;
  // A version that is not stored has none.
  if (ecsId === null) return row;
  return [
    key,
    ecsId,
    lineageId,
    type === null ? null : decodeText(type),
    schema,
    decodeText(createdAt),
    commitId,
    sequence,
    checksum,
    decodeText(data),
    links,
  ];
}

function listBuilder(
  versions: readonly VersionRow[],
  segments: readonly (readonly [key: number, json: string])[],
  memberIds: ReadonlyMap<number, EcsId>,
): ListBuilder {
  const lengths = new Map<number, number>();
  const items = new Map<number, LoadedItems>();
  const runs = new Map<number, readonly PlacedRun[]>();
  for (const row of segments.length === 0 ? [] : versions)
    for (const [segment, length] of linksOf(row).lists)
      if (segment !== null && (lengths.get(segment) ?? 0) < length) lengths.set(segment, length);
  for (const [segment, json] of segments) {
    const { runs: borrowed, positions, members } = JSON.parse(json) as SegmentJson;
    const byPosition: (EcsId | undefined)[] = [];
    for (const [i, position] of (positions ?? []).entries())
      byPosition[position] = memberIds.get(members?.[i] ?? 0);
    items.set(segment, byPosition);
    if (borrowed !== null)
      runs.set(
        segment,
        borrowed.map(([position, source, start, length]) => ({ position, source, start, length })),
      );
  }
  return new ListBuilder({ lengths, items, runs });
}
