import { CorruptionError, RefList } from "@mi/ecs";
import type { EcsId, ListEdit } from "@mi/ecs";
import { runsOfSegment } from "./pieces.ts";
import type { PlacedRun, Run } from "./pieces.ts";

/** The items of a segment by position; `undefined` where it has none. */
export type LoadedItems = readonly (EcsId | undefined)[];

export interface LoadedSegments {
  /** The longest list that is wanted of each segment. */
  readonly lengths: ReadonlyMap<number, number>;
  readonly items: ReadonlyMap<number, LoadedItems>;
  readonly runs: ReadonlyMap<number, readonly PlacedRun[]>;
}

/**
 * Builds lists so that they share: lists of one segment are prefixes of one vector, and the vector of a segment that
 * borrows is that of the other one after edits.
 */
export class ListBuilder {
  readonly #loaded: LoadedSegments;
  readonly #flat = new Map<number, RefList>();
  readonly #whole = new Map<number, RefList>();

  constructor(loaded: LoadedSegments) {
    this.#loaded = loaded;
  }

  /** @throws CorruptionError when a position of the list has no member. */
  build(segment: number | null, length: number): RefList {
    if (segment === null) {
      if (length > 0) throw gap("none", 0);
      return RefList.empty;
    }
    const list = RefList.take(this.#wholeOf(segment), length);
    if (list.length < length) throw gap(segment, list.length);
    return list;
  }

  #wholeOf(segment: number): RefList {
    const borrowed = this.#loaded.runs.get(segment);
    if (borrowed === undefined) return this.#flatOf(segment);
    let whole = this.#whole.get(segment);
    if (whole === undefined) {
      const length = this.#loaded.lengths.get(segment) ?? 0;
      whole = this.#compose(runsOfSegment(segment, length, borrowed));
      this.#whole.set(segment, whole);
    }
    return whole;
  }

  /** The items of a segment from position 0 up to the first position without one. */
  #flatOf(segment: number): RefList {
    let flat = this.#flat.get(segment);
    if (flat === undefined) {
      flat = RefList.from(withoutGap(this.#loaded.items.get(segment) ?? []));
      this.#flat.set(segment, flat);
    }
    return flat;
  }

  #compose(runs: readonly Run[]): RefList {
    const [longest] = runs.toSorted((a, b) => b.length - a.length);
    if (longest === undefined) return RefList.empty;
    const base = this.#flatOf(longest.source);
    const edits: ListEdit[] = [];
    let at = 0;
    let insert: EcsId[] = [];
    for (const run of runs) {
      const { source, start, length } = run;
      if (source === longest.source && start >= at && start + length <= base.length) {
        edits.push({ at, remove: start - at, insert });
        at = start + length;
        insert = [];
      } else for (const id of this.#itemsOf(run)) insert.push(id);
    }
    edits.push({ at, remove: base.length - at, insert });
    return RefList.edit(base, edits);
  }

  #itemsOf({ source, start, length }: Run): readonly EcsId[] {
    const items = withoutGap((this.#loaded.items.get(source) ?? []).slice(start, start + length));
    if (items.length < length) throw gap(source, start + items.length);
    return items;
  }
}

function withoutGap(items: LoadedItems): readonly EcsId[] {
  const ids: EcsId[] = [];
  for (const id of items) {
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

function gap(segment: number | string, position: number): CorruptionError {
  return new CorruptionError(
    `List segment ${segment} has no member at position ${position}; run verify() on the storage, and restore a backup`,
    { segment, position },
  );
}
