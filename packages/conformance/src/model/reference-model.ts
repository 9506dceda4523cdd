import { RefList } from "@mi/ecs";
import type {
  Commit,
  CommitHeader,
  CommitId,
  EcsId,
  EntityRecord,
  LineageId,
  NamedRef,
  StorageErrorCode,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionWrite,
} from "@mi/ecs";
import { firstDifference } from "../assert/first-difference.ts";
import { versionInfo } from "../fixtures/version-info.ts";

/** What a storage has to answer to a commit. */
export type Prediction =
  | { readonly status: "rejected"; readonly code: StorageErrorCode }
  | {
      readonly status: "conflict";
      readonly heads: ReadonlyMap<LineageId, readonly EcsId[]>;
      readonly refs: readonly NamedRef[];
    }
  | { readonly status: "already-committed"; readonly sequence: number }
  | { readonly status: "committed" };

/**
 * The contract in the fewest words: plain arrays and maps, searched from end to end. It shares no code with any backend,
 * and keeps lists as arrays that were made without `RefList`'s edits.
 */
export class ReferenceModel {
  /** In storage order. */
  readonly versions: StoredVersion[] = [];
  readonly commits: StoredCommit[] = [];
  readonly refs = new Map<string, EcsId>();
  /** What versions name as their parents: no head any more. */
  readonly #ended = new Set<EcsId | null>();

  find(id: EcsId): StoredVersion | undefined {
    return this.versions.find(({ record }) => record.ecsId === id);
  }

  lineages(): readonly LineageId[] {
    return [...new Set(this.versions.map(({ record }) => record.lineageId))];
  }

  heads(lineage: LineageId): readonly EcsId[] {
    return this.versions
      .map(({ record }) => record)
      .filter(({ lineageId, ecsId }) => lineageId === lineage && !this.#ended.has(ecsId))
      .map(({ ecsId }) => ecsId);
  }

  infos(): readonly VersionInfo[] {
    return this.versions.map(versionInfo);
  }

  namedRefs(): readonly NamedRef[] {
    return [...this.refs.keys()].toSorted().flatMap((name) => this.#refNow(name));
  }

  predict(commit: Commit): Prediction {
    const known = this.#commit(commit.header.id);
    if (known !== undefined && !isSameHeader(known, commit.header)) return reuse;
    for (const { record } of commit.versions) {
      const stored = this.find(record.ecsId);
      if (stored !== undefined && firstDifference(stored.record, record) !== undefined)
        return reuse;
    }
    if (known !== undefined) return { status: "already-committed", sequence: known.sequence };
    if (this.#hasMissing(commit)) return { status: "rejected", code: "MI_STORAGE_MISSING_VERSION" };
    return this.#conflict(commit) ?? { status: "committed" };
  }

  /** Takes in a commit that was predicted to be committed. `lists` are the members of each of its new versions. */
  accept(
    commit: Commit,
    lists: ReadonlyMap<EcsId, readonly (readonly EcsId[])[]>,
    sequence: number,
  ): void {
    const { header, versions, refMoves } = commit;
    this.commits.push({ ...header, sequence });
    for (const { record } of versions.filter(
      (write) => this.find(write.record.ecsId) === undefined,
    )) {
      this.versions.push({
        record: { ...record, lists: (lists.get(record.ecsId) ?? []).map(RefList.from) },
        commitId: header.id,
        sequence,
      });
      this.#ended.add(record.parentId).add(record.mergedFromId);
    }
    for (const { name, to } of refMoves) {
      if (to === null) this.refs.delete(name);
      else this.refs.set(name, to);
    }
  }

  #commit(id: CommitId): StoredCommit | undefined {
    return this.commits.find((commit) => commit.id === id);
  }

  #hasMissing({ versions, refMoves }: Commit): boolean {
    const present = new Set<EcsId | null>([
      null,
      ...this.versions.map(({ record }) => record.ecsId),
      ...versions.map(({ record }) => record.ecsId),
    ]);
    const needed = [...versions.flatMap(needsOf), ...refMoves.map(({ to }) => to)];
    return needed.some((id) => !present.has(id));
  }

  #conflict({ mustBeHeads, refMoves }: Commit): Prediction | undefined {
    const stale = mustBeHeads.filter((id) => this.#ended.has(id));
    const moved = refMoves.filter(
      ({ name, expected }) => expected !== undefined && (this.refs.get(name) ?? null) !== expected,
    );
    if (stale.length === 0 && moved.length === 0) return undefined;
    const lineages = stale.flatMap((id) => this.find(id)?.record.lineageId ?? []);
    return {
      status: "conflict",
      heads: new Map(lineages.map((lineage) => [lineage, this.heads(lineage)])),
      refs: moved.flatMap(({ name }) => this.#refNow(name)),
    };
  }

  #refNow(name: string): readonly NamedRef[] {
    const to = this.refs.get(name);
    return to === undefined ? [] : [{ name, to }];
  }
}

const reuse: Prediction = { status: "rejected", code: "MI_STORAGE_ID_REUSE" };

function isSameHeader(stored: StoredCommit, header: CommitHeader): boolean {
  return firstDifference(stored, { ...header, sequence: stored.sequence }) === undefined;
}

function needsOf({ record }: VersionWrite): readonly EntityRecord["parentId"][] {
  const { parentId, mergedFromId, refs, lists } = record;
  return [parentId, mergedFromId, ...refs, ...lists.flatMap((list) => [...list])];
}
