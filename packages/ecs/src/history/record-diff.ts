import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import type { ListEdit } from "../storage/list-edit.ts";
import { RefList } from "../storage/ref-list.ts";
import { isPlainObject } from "../values/plain-object.ts";
import { isRefList, recordFields } from "./record-fields.ts";
import { sequenceEdits } from "./sequence-diff.ts";
import { ValueIdentity } from "./value-identity.ts";

/**
 * One difference between two versions of an entity. `path` leads to the value: through the old version for what was
 * removed, through the new one for all else. `old` is absent for what was added, `new` for what was removed. A
 * sub-entity shows as a {@link VersionReference}; a list of sub-entities as the two lists, with the edits that turn the
 * old into the new.
 */
export interface FieldChange {
  readonly path: readonly (string | number)[];
  readonly kind: "added" | "removed" | "modified";
  readonly old?: unknown;
  readonly new?: unknown;
  readonly edits?: readonly ListEdit[];
}

/** What differs between two versions, field by field. */
export interface EntityDiff {
  readonly type: string;
  readonly lineageId: LineageId;
  readonly from: EcsId;
  readonly to: EcsId;
  /**
   * In the order of the fields, list positions ascending; empty when the content is the same. Members of an array of plain
   * data are matched where they are equal: an insertion at its front is one change. An object whose remaining keys
   * stand in another order is one modification; where an added key stands among them is not told.
   */
  readonly changes: readonly FieldChange[];
}

/** What differs between the fields of two records. */
export function diffRecords(from: EntityRecord, to: EntityRecord): EntityDiff {
  return {
    type: to.type,
    lineageId: to.lineageId,
    from: from.ecsId,
    to: to.ecsId,
    changes: [...new Comparison().fields(recordFields(from), recordFields(to))],
  };
}

type Path = readonly (string | number)[];

/** Where a value stands in each version. */
interface Place {
  readonly old: Path;
  readonly new: Path;
}

class Comparison {
  readonly #identity = new ValueIdentity();

  /** The order of an entity's fields is that of its shape, and says nothing. */
  *fields(
    before: Record<string, unknown>,
    after: Record<string, unknown>,
    place: Place = { old: [], new: [] },
  ): Generator<FieldChange> {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = { old: [...place.old, key], new: [...place.new, key] };
      if (!Object.hasOwn(before, key)) yield { path: inner.new, kind: "added", new: after[key] };
      else if (!Object.hasOwn(after, key))
        yield { path: inner.old, kind: "removed", old: before[key] };
      else yield* this.#values(before[key], after[key], inner);
    }
  }

  *#values(before: unknown, after: unknown, place: Place): Generator<FieldChange> {
    if (isRefList(before) && isRefList(after)) yield* referenceLists(before, after, place.new);
    else if (isPlainObject(before) && isPlainObject(after) && keepsOrder(before, after))
      yield* this.fields(before, after, place);
    else if (Array.isArray(before) && Array.isArray(after))
      yield* this.#arrays(before, after, place);
    else if (!this.#areEqual(before, after))
      yield { path: place.new, kind: "modified", old: before, new: after };
  }

  #areEqual(before: unknown, after: unknown): boolean {
    if (typeof before !== "object" || typeof after !== "object") return before === after;
    return this.#identity.of(before) === this.#identity.of(after);
  }

  /** Removed and inserted members at one place count as modified, one by one, as far as there are both. */
  *#arrays(
    before: readonly unknown[],
    after: readonly unknown[],
    place: Place,
  ): Generator<FieldChange> {
    const keys = (members: readonly unknown[]): number[] =>
      members.map((member) => this.#identity.of(member));
    for (const { at, remove, from, insert } of sequenceEdits(keys(before), keys(after))) {
      const modified = Math.min(remove, insert);
      for (let i = 0; i < modified; i++)
        yield* this.#values(before[at + i], after[from + i], {
          old: [...place.old, at + i],
          new: [...place.new, from + i],
        });
      for (let i = at + modified; i < at + remove; i++)
        yield { path: [...place.old, i], kind: "removed", old: before[i] };
      for (let i = from + modified; i < from + insert; i++)
        yield { path: [...place.new, i], kind: "added", new: after[i] };
    }
  }
}

/** Key order is content: whether the keys that both have stand in one order. */
function keepsOrder(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  const kept = Object.keys(before).filter((key) => Object.hasOwn(after, key));
  let next = 0;
  for (const key of Object.keys(after))
    if (Object.hasOwn(before, key) && kept[next++] !== key) return false;
  return true;
}

function* referenceLists(before: RefList, after: RefList, path: Path): Generator<FieldChange> {
  // Shared pieces are skipped first, so that the exact comparison sees only the part between the first and last edit.
  const edits = RefList.difference(before, after).flatMap((edit) =>
    sequenceEdits(before.slice(edit.at, edit.at + edit.remove), edit.insert).map((part) => ({
      at: edit.at + part.at,
      remove: part.remove,
      insert: edit.insert.slice(part.from, part.from + part.insert),
    })),
  );
  if (edits.length > 0) yield { path, kind: "modified", old: before, new: after, edits };
}
