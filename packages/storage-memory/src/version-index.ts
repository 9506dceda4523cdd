import type {
  CommitId,
  EcsId,
  EntityRecord,
  LineageId,
  Page,
  PageOf,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "@mi/ecs";
import { parseNumberKey, takePage } from "./page.ts";
import { insertSorted } from "./sorted.ts";

export interface VersionEntry {
  readonly stored: StoredVersion;
  /** The place in storage order, from 0. */
  readonly position: number;
  isHead: boolean;
}

/** The versions in the order in which they came, and the ways to find them. */
export class VersionIndex {
  readonly #all: VersionEntry[] = [];
  readonly #byId = new Map<EcsId, VersionEntry>();
  readonly #byLineage = new Map<LineageId, VersionEntry[]>();
  readonly #byType = new Map<string, VersionEntry[]>();
  readonly #byCommit = new Map<CommitId, VersionEntry[]>();
  readonly #heads = new Map<LineageId, VersionEntry[]>();

  get size(): number {
    return this.#all.length;
  }

  get lineageCount(): number {
    return this.#byLineage.size;
  }

  get(id: EcsId): VersionEntry | undefined {
    return this.#byId.get(id);
  }

  headsOf(lineage: LineageId): readonly EcsId[] {
    return (this.#heads.get(lineage) ?? []).map((entry) => entry.stored.record.ecsId);
  }

  add(records: Iterable<EntityRecord>, { id: commitId, sequence }: StoredCommit): void {
    const added: VersionEntry[] = [];
    for (const record of records) {
      const stored: StoredVersion = Object.freeze({ record, commitId, sequence });
      const entry: VersionEntry = { stored, position: this.#all.length, isHead: true };
      added.push(entry);
      this.#all.push(entry);
      this.#byId.set(record.ecsId, entry);
      append(this.#byLineage, record.lineageId, entry);
      append(this.#byType, record.type, entry);
      append(this.#byCommit, commitId, entry);
    }
    // Only now: a child may stand before its parent in a commit.
    for (const { stored } of added) {
      this.#endHead(stored.record.parentId);
      this.#endHead(stored.record.mergedFromId);
    }
    for (const entry of added) if (entry.isHead) this.#beginHead(entry);
  }

  list(query: VersionQuery, page: PageOf): Page<VersionInfo> {
    const { lineageId, commitId, headsOnly = false } = query;
    const types = query.types === undefined ? undefined : new Set(query.types);
    const found = takePage(
      {
        kind: "version",
        items: this.#narrowest(query),
        keyOf: (entry) => entry.position,
        parseKey: parseNumberKey,
        matches: ({ stored, isHead }) =>
          (!headsOnly || isHead) &&
          (types === undefined || types.has(stored.record.type)) &&
          (lineageId === undefined || stored.record.lineageId === lineageId) &&
          (commitId === undefined || stored.commitId === commitId),
      },
      page,
    );
    return { items: found.items.map(infoOf), next: found.next };
  }

  #narrowest({ commitId, lineageId, types }: VersionQuery): readonly VersionEntry[] {
    if (commitId !== undefined) return this.#byCommit.get(commitId) ?? [];
    if (lineageId !== undefined) return this.#byLineage.get(lineageId) ?? [];
    const [type, ...others] = types ?? [];
    if (type !== undefined && others.length === 0) return this.#byType.get(type) ?? [];
    return this.#all;
  }

  #beginHead(entry: VersionEntry): void {
    const { lineageId } = entry.stored.record;
    const heads = this.#heads.get(lineageId);
    if (heads === undefined) this.#heads.set(lineageId, [entry]);
    else insertSorted(heads, entry, isEarlier);
  }

  #endHead(id: EcsId | null): void {
    const entry = id === null ? undefined : this.#byId.get(id);
    if (entry === undefined || !entry.isHead) return;
    entry.isHead = false;
    const heads = this.#heads.get(entry.stored.record.lineageId) ?? [];
    const place = heads.indexOf(entry);
    if (place >= 0) heads.splice(place, 1);
  }
}

/** A version that was added to an older commit later is as old as that commit. */
function isEarlier(a: VersionEntry, b: VersionEntry): boolean {
  return a.stored.sequence === b.stored.sequence
    ? a.position < b.position
    : a.stored.sequence < b.stored.sequence;
}

function append<Key>(index: Map<Key, VersionEntry[]>, key: Key, entry: VersionEntry): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, [entry]);
  else entries.push(entry);
}

function infoOf({ stored: { record, commitId, sequence } }: VersionEntry): VersionInfo {
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt } = record;
  return Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    commitId,
    sequence,
  });
}
