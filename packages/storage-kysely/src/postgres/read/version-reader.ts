import type { EcsId, StoredVersion } from "@mi/ecs";
import { listBuilderOf } from "../../lists/loaded-segments.ts";
import type { SegmentRow } from "../../lists/loaded-segments.ts";
import { hasLinks, linksOf, storedVersion } from "../../read/version-row.ts";
import type { Links, VersionRow } from "../../read/version-row.ts";
import { decodeText } from "../../text-encoding.ts";
import { idsAsJson } from "../array-literals.ts";
import type { Session, Statement } from "../session.ts";

/** The last column of a row that is no version. */
type RowKind = "segment" | "members";

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
    this.#read = { name: "mi_read", text: `select * from ${schema}.mi_read($1)` };
    this.#readTree = { name: "mi_read_tree", text: `select * from ${schema}.mi_read_tree($1)` };
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
    const leaves: VersionRow[] = [];
    const holders: (readonly [row: VersionRow, links: Links])[] = [];
    const memberIds = new Map<number, EcsId>();
    const segments: SegmentRow[] = [];
    for (const row of rows) {
      if (isKind(row, "segment")) segments.push([row[0], row[9]]);
      else if (isKind(row, "members")) {
        const { keys, ids: found } = JSON.parse(row[9]) as MembersJson;
        for (const [i, id] of found.entries()) memberIds.set(keys[i] ?? 0, id);
      } else {
        if (row[1] !== null) memberIds.set(row[0], row[1]);
        // Most versions name nothing: nothing is made for those.
        if (hasLinks(row)) holders.push([decoded(row), linksOf(row)]);
        else leaves.push(decoded(row));
      }
    }
    const lists = holders.flatMap(([, links]) => links.lists);
    const builder = listBuilderOf(lists, segments, (key: number) => memberIds.get(key));
    const versions = holders.map(([row, links]) =>
      storedVersion(
        row,
        links,
        links.lists.map(([segment, length]) => builder.build(segment, length)),
      ),
    );
    for (const row of leaves) versions.push(storedVersion(row));
    return versions;
  }
}

function isKind(row: VersionRow, kind: RowKind): boolean {
  return row[10] === kind;
}

/** With its texts as they were given. */
function decoded(row: VersionRow): VersionRow {
  // A version that is not stored has none.
  if (row[1] === null) return row;
  const type = row[3] === null ? null : decodeText(row[3]);
  const createdAt = decodeText(row[5]);
  const data = decodeText(row[9]);
  if (type === row[3] && createdAt === row[5] && data === row[9]) return row;
  return [row[0], row[1], row[2], type, row[4], createdAt, row[6], row[7], row[8], data, row[10]];
}
