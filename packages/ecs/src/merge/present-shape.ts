import { reachableFrom } from "../entity/children.ts";
import type { Home, WarmState } from "../entity/warm-state.ts";
import { presentRecord } from "../fork/compare-copies.ts";
import type { EcsId } from "../ids.ts";
import { loadTree } from "../registry/load-trees.ts";
import type { TypeCatalog } from "../registry/type-catalog.ts";
import type { EntityRecord } from "../storage/contract.ts";

/**
 * Records of older shapes in the present shape of their types: sides of different shapes can't be joined. They are loaded
 * for it, because `upcast` is given entities.
 */
export class PresentShapes {
  readonly #types: TypeCatalog;
  readonly #home: Home;
  readonly #records = new Map<EcsId, EntityRecord>();

  constructor(types: TypeCatalog, home: Home) {
    this.#types = types;
    this.#home = home;
  }

  isOlder({ type: name, schemaVersion }: EntityRecord): boolean {
    const type = this.#types.find(name);
    return type?.upcast !== undefined && schemaVersion < type.schemaVersion;
  }

  /** Takes in all of a whole tree. */
  addTree(root: EcsId, tree: readonly EntityRecord[]): void {
    if (!tree.some((record) => this.isOlder(record))) return;
    const state = loadTree(root, tree, this.#types, this.#home);
    const states: Iterable<WarmState> = state === undefined ? [] : reachableFrom([state]);
    for (const copy of states)
      if (copy.recorded !== undefined && this.isOlder(copy.recorded.record))
        this.#records.set(copy.ecsId, presentRecord(copy));
  }

  of(record: EntityRecord): EntityRecord {
    return this.#records.get(record.ecsId) ?? record;
  }
}
