import { asOf } from "../history/as-of.ts";
import { commitEntry, type CommitEntry } from "../history/commit-entry.ts";
import { Lineage } from "../history/lineage.ts";
import { diffRecords, type EntityDiff } from "../history/record-diff.ts";
import { diffTrees, type TreeDiff } from "../history/tree-diff.ts";
import type { CommitId, EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type {
  CommitQuery,
  EntityRecord,
  EntityStorage,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import { byId } from "./load-trees.ts";
import { notFound } from "./not-found.ts";

/** An entity that versions of another one held. */
export interface HeldLineage {
  readonly lineageId: LineageId;
  readonly type: string;
  readonly versions: readonly EcsId[];
}

/** Looks back, in records alone: no warm copy is made. */
export class HistoryReader {
  readonly #storage: EntityStorage;

  constructor(storage: EntityStorage) {
    this.#storage = storage;
  }

  async *versions(query: VersionQuery): AsyncGenerator<VersionInfo> {
    for await (const page of allPages((after, limit) =>
      this.#storage.versions(query, { after, limit }),
    ))
      yield* page;
  }

  async lineage(lineageId: LineageId): Promise<Lineage> {
    const versions: StoredVersion[] = [];
    for await (const page of this.#stored(lineageId)) versions.push(...page);
    return new Lineage(lineageId, versions);
  }

  /** Oldest first. */
  async ancestors(version: EntityRecord): Promise<readonly EcsId[]> {
    const parents = new Map<EcsId, EcsId | null>();
    for await (const { ecsId, parentId } of this.versions({ lineageId: version.lineageId }))
      parents.set(ecsId, parentId);
    const found: EcsId[] = [];
    for (let id = version.parentId; id !== null; id = parents.get(id) ?? null) found.push(id);
    return found.reverse();
  }

  async asOf(lineageId: LineageId, time: Date): Promise<VersionInfo | undefined> {
    const versions: VersionInfo[] = [];
    for await (const version of this.versions({ lineageId })) versions.push(version);
    // A version was there once its commit was written: an entity may be made long before it is stored.
    const times = new Map<CommitId, string>();
    for await (const page of allPages((after, limit) =>
      this.#storage.commits({ lineageId }, { after, limit }),
    ))
      for (const commit of page) times.set(commit.id, commit.createdAt);
    return asOf(versions, time, ({ commitId, createdAt }) => times.get(commitId) ?? createdAt);
  }

  async childrenAcrossVersions(lineageId: LineageId): Promise<readonly HeldLineage[]> {
    const held = new Set<EcsId>();
    let before: EntityRecord | undefined;
    for await (const page of this.#stored(lineageId))
      for (const { record } of page) {
        for (const id of record.refs) held.add(id);
        // What the version before held is known: a list that only grows isn't walked again for each version.
        for (const [index, list] of record.lists.entries())
          for (const { insert } of RefList.difference(before?.lists[index] ?? RefList.empty, list))
            for (const id of insert) held.add(id);
        before = record;
      }
    const children = new Map<LineageId, HeldLineage & { readonly versions: EcsId[] }>();
    for (const stored of await this.#storage.read([...held])) {
      if (stored === undefined) continue;
      const { lineageId: child, type, ecsId } = stored.record;
      const known = children.get(child);
      if (known === undefined) children.set(child, { lineageId: child, type, versions: [ecsId] });
      else known.versions.push(ecsId);
    }
    return [...children.values()];
  }

  async diff(from: EcsId, to: EcsId): Promise<EntityDiff> {
    const [before, after] = await this.#storage.read([from, to]);
    if (before === undefined) return notFound(`version ${from}`);
    if (after === undefined) return notFound(`version ${to}`);
    return diffRecords(before.record, after.record);
  }

  async diffTrees(from: EcsId, to: EcsId): Promise<TreeDiff> {
    const records = byId(await this.#storage.readTree([from, to]));
    for (const id of [from, to]) if (!records.has(id)) return notFound(`version ${id}`);
    return diffTrees(records, from, to);
  }

  async *commits(query: CommitQuery): AsyncGenerator<CommitEntry> {
    for await (const page of allPages((after, limit) =>
      this.#storage.commits(query, { after, limit }),
    ))
      for (const commit of page) {
        const made: VersionInfo[] = [];
        for await (const version of this.versions({ commitId: commit.id })) made.push(version);
        yield commitEntry(commit, made);
      }
  }

  async *#stored(lineageId: LineageId): AsyncGenerator<readonly StoredVersion[]> {
    for await (const page of allPages((after, limit) =>
      this.#storage.versions({ lineageId }, { after, limit }),
    )) {
      const read = await this.#storage.read(page.map((version) => version.ecsId));
      yield read.filter((stored) => stored !== undefined);
    }
  }
}
