import type { NewVersion } from "../fork/build-versions.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type {
  EntityRecord,
  EntityStorage,
  Page,
  PageOf,
  VersionInfo,
  VersionWrite,
} from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import { RefList } from "../storage/ref-list.ts";

interface Held {
  readonly record: EntityRecord;
}

/** What a merge reads: of a storage, or of one with versions on top. */
export interface MergeSource {
  read(ids: readonly EcsId[]): Promise<readonly (Held | undefined)[]>;
  readTree(roots: readonly EcsId[]): Promise<readonly Held[]>;
  heads: EntityStorage["heads"];
  versions(
    query: { readonly lineageId: LineageId },
    page: PageOf,
  ): Promise<Page<Pick<VersionInfo, "ecsId" | "parentId" | "mergedFromId">>>;
}

/** A storage as it will be once versions are written that are still to be committed, all of them in one commit. */
export class StagedVersions implements MergeSource {
  readonly #storage: EntityStorage;
  readonly #staged = new Map<EcsId, Held>();
  readonly #superseded = new Set<EcsId | null>();
  /** For each staged version the stored one that it comes from. */
  readonly #origins = new Map<EcsId, EntityRecord>();

  constructor(storage: EntityStorage) {
    this.#storage = storage;
  }

  /** Takes in versions, each after its parents; answers how they are to be written. */
  add(versions: readonly NewVersion[]): readonly VersionWrite[] {
    return versions.map(({ state, write }) => {
      const { record } = write;
      const { ecsId, parentId, mergedFromId } = record;
      const isOnStaged = parentId !== null && this.#staged.has(parentId);
      const origin = isOnStaged ? this.#origins.get(parentId) : state.recorded?.record;
      this.#staged.set(ecsId, write);
      this.#superseded.add(parentId).add(mergedFromId);
      if (origin !== undefined) this.#origins.set(ecsId, origin);
      return isOnStaged ? basedOn(origin, record) : write;
    });
  }

  async read(ids: readonly EcsId[]): Promise<readonly (Held | undefined)[]> {
    const stored = await this.#storage.read(ids.filter((id) => !this.#staged.has(id)));
    let next = 0;
    return ids.map((id) => this.#staged.get(id) ?? stored[next++]);
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly Held[]> {
    const found = new Map<EcsId, Held>();
    const outside = new Set<EcsId>();
    const waiting = [...roots];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const staged = this.#staged.get(id);
      if (staged === undefined) outside.add(id);
      else if (!found.has(id)) {
        found.set(id, staged);
        for (const held of referencedIds(staged.record)) waiting.push(held);
      }
    }
    return [...found.values(), ...(await this.#storage.readTree([...outside]))];
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    const stored = await this.#storage.heads(lineages);
    return lineages.map((lineageId, index) =>
      [...(stored[index] ?? []), ...this.#of(lineageId).map(({ ecsId }) => ecsId)].filter(
        (id) => !this.#superseded.has(id),
      ),
    );
  }

  async versions(
    query: { readonly lineageId: LineageId },
    page: PageOf,
  ): ReturnType<MergeSource["versions"]> {
    const { items, next } = await this.#storage.versions(query, page);
    return { items: next === undefined ? [...items, ...this.#of(query.lineageId)] : items, next };
  }

  /** Whether a version is one of those that are still to be committed. */
  has(id: EcsId): boolean {
    return this.#staged.has(id);
  }

  #of(lineageId: LineageId): readonly EntityRecord[] {
    return [...this.#staged.values()]
      .map(({ record }) => record)
      .filter((record) => record.lineageId === lineageId);
  }
}

/** Its lists share with those of a stored version: a storage may look for the base before it writes any of a commit. */
function basedOn(origin: EntityRecord | undefined, record: EntityRecord): VersionWrite {
  const bases = record.lists.map((list, index) => {
    const before = origin?.lists[index];
    return origin === undefined || before === undefined
      ? null
      : { of: origin.ecsId, list: index, edits: RefList.difference(before, list) };
  });
  return { record, bases };
}
