import type {
  CommitHeader,
  CommitId,
  EcsId,
  LineageId,
  NamedRef,
  StorageStats,
  StoredCommit,
  StoredVersion,
} from "@mi/ecs";
import type { CommitEntry } from "./commit-entry.ts";
import { recordOf } from "./list-form.ts";

/** What the entries add up to, so far as they were read: one after the other makes it. */
export class StoreState {
  readonly generation: number;
  /** In storage order: those of a commit in its order, those that came late to it at the end. */
  readonly versions: StoredVersion[] = [];
  /** In the order of their sequences. */
  readonly commits: StoredCommit[] = [];
  readonly refs = new Map<string, EcsId>();
  #number = 0;
  readonly #byId = new Map<EcsId, StoredVersion>();
  readonly #byLineage = new Map<LineageId, StoredVersion[]>();
  readonly #commitsById = new Map<CommitId, StoredCommit>();
  /** Versions that another one names as its parent, or took in by a merge. */
  readonly #superseded = new Set<EcsId | null>();

  constructor(generation: number) {
    this.generation = generation;
  }

  /** The number of the next entry: the first that was not taken in. */
  get nextNumber(): number {
    return this.#number + 1;
  }

  version(id: EcsId): StoredVersion | undefined {
    return this.#byId.get(id);
  }

  commit(id: CommitId): StoredCommit | undefined {
    return this.#commitsById.get(id);
  }

  isHead(id: EcsId): boolean {
    return this.#byId.has(id) && !this.#superseded.has(id);
  }

  /** By sequence: a version that came late to an old commit is as old as that commit. */
  heads(lineage: LineageId): readonly EcsId[] {
    return (this.#byLineage.get(lineage) ?? [])
      .filter(({ record }) => this.isHead(record.ecsId))
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ record }) => record.ecsId);
  }

  /** The commits that made a version of a lineage. */
  commitsOf(lineage: LineageId): ReadonlySet<CommitId> {
    return new Set((this.#byLineage.get(lineage) ?? []).map(({ commitId }) => commitId));
  }

  ref(name: string): readonly NamedRef[] {
    const to = this.refs.get(name);
    return to === undefined ? [] : [{ name, to }];
  }

  stats(): StorageStats {
    return {
      versions: this.versions.length,
      lineages: this.#byLineage.size,
      commits: this.commits.length,
    };
  }

  /** Takes in the next entry: all of it, or nothing when it does not fit what was read before. */
  take({ header, records: forms, refMoves }: CommitEntry): void {
    const records = forms.map((form) => recordOf(form, (base) => this.version(base)?.record));
    for (const { ecsId } of records)
      if (this.#byId.has(ecsId)) throw new Error(`the version ${ecsId} is stored already`);
    this.#number++;
    const { id, sequence } = this.#commitsById.get(header.id) ?? this.#begin(header);
    for (const record of records) {
      const stored: StoredVersion = Object.freeze({ record, commitId: id, sequence });
      this.versions.push(stored);
      this.#byId.set(record.ecsId, stored);
      const lineage = this.#byLineage.get(record.lineageId) ?? [];
      lineage.push(stored);
      this.#byLineage.set(record.lineageId, lineage);
      this.#superseded.add(record.parentId).add(record.mergedFromId);
    }
    for (const { name, to } of refMoves) {
      if (to === null) this.refs.delete(name);
      else this.refs.set(name, to);
    }
  }

  #begin(header: CommitHeader): StoredCommit {
    const commit: StoredCommit = Object.freeze({ ...header, sequence: this.#number });
    this.commits.push(commit);
    this.#commitsById.set(commit.id, commit);
    return commit;
  }
}
