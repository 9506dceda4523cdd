import { CorruptionError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import type { MergeSource } from "./staged-versions.ts";

/** Which lineage each version belongs to that the records of a merge refer to. */
export class LineageIndex {
  readonly #storage: MergeSource;
  readonly #lineages = new Map<EcsId, LineageId>();
  readonly #versions = new Map<LineageId, EcsId>();
  readonly #known = new Map<string, LineageId>();

  constructor(storage: MergeSource) {
    this.#storage = storage;
  }

  /** Takes in records, and looks up what they refer to. */
  async add(records: Iterable<EntityRecord>): Promise<void> {
    const added = [...records];
    for (const record of added) this.note(record);
    const unknown = new Set<EcsId>();
    for (const record of added)
      for (const id of referencedIds(record)) if (!this.#lineages.has(id)) unknown.add(id);
    for (const stored of await this.#storage.read([...unknown]))
      if (stored !== undefined) this.note(stored.record);
  }

  lineageOf(id: EcsId): LineageId {
    const found = this.#lineages.get(id);
    if (found === undefined) throw new CorruptionError(`${id} is referred to but not stored`);
    return found;
  }

  /** Some version of a lineage that was taken in or referred to: the first that was seen. */
  versionOf(lineageId: LineageId): EcsId {
    const found = this.#versions.get(lineageId);
    if (found === undefined) throw new CorruptionError(`${lineageId} is no lineage of the merge`);
    return found;
  }

  /** The lineage of this id, when some version of it was taken in or referred to. */
  find(lineageId: string): LineageId | undefined {
    return this.#known.get(lineageId);
  }

  note({ ecsId, lineageId }: EntityRecord): void {
    this.#lineages.set(ecsId, lineageId);
    this.#known.set(lineageId, lineageId);
    if (!this.#versions.has(lineageId)) this.#versions.set(lineageId, ecsId);
  }
}
