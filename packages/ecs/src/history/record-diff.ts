import { types } from "node:util";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import type { ListEdit } from "../storage/list-edit.ts";
import { RefList } from "../storage/ref-list.ts";
import { decodeValue, encodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";

/** A sub-entity in a diff: the version that is referred to. */
export interface VersionReference {
  readonly ref: EcsId;
}

/**
 * One difference between two versions of an entity. `path` leads from the entity to the value. `old` is absent for what
 * was added, `new` for what was removed. A sub-entity shows as a {@link VersionReference}; a list of sub-entities as the
 * two lists, with the edits that turn the old into the new.
 */
export interface FieldChange {
  readonly path: readonly (string | number)[];
  readonly kind: "added" | "removed" | "modified";
  readonly old?: unknown;
  readonly new?: unknown;
  readonly edits?: readonly ListEdit[];
}

export interface EntityDiff {
  readonly type: string;
  readonly lineageId: LineageId;
  readonly from: EcsId;
  readonly to: EcsId;
  readonly changes: readonly FieldChange[];
}

/** What differs between the fields of two records. */
export function diffRecords(from: EntityRecord, to: EntityRecord): EntityDiff {
  return {
    type: to.type,
    lineageId: to.lineageId,
    from: from.ecsId,
    to: to.ecsId,
    changes: [...compare([], fieldsOf(from), fieldsOf(to))],
  };
}

/** A list of sub-entities while two records are compared. */
class ListValue {
  readonly ids: RefList;

  constructor(ids: RefList) {
    this.ids = ids;
  }
}

/** A reference while two records are compared: no plain object, so that user data can't be taken for one. */
class ReferenceValue implements VersionReference {
  readonly ref: EcsId;

  constructor(ref: EcsId) {
    this.ref = ref;
  }
}

/** The fields of a record, with references and lists in their places. */
function fieldsOf(record: EntityRecord): unknown {
  return decodeValue(record.data, {
    reference: (index) => {
      const id = record.refs[index];
      return id === undefined ? undefined : new ReferenceValue(id);
    },
    list: (index) => new ListValue(record.lists[index] ?? RefList.empty),
  });
}

type Path = readonly (string | number)[];

function* compare(path: Path, before: unknown, after: unknown): Generator<FieldChange> {
  if (before === undefined && after === undefined) return;
  if (before === undefined) yield { path, kind: "added", new: shown(after) };
  else if (after === undefined) yield { path, kind: "removed", old: shown(before) };
  else if (before instanceof ListValue && after instanceof ListValue)
    yield* compareLists(path, before.ids, after.ids);
  else if (isPlainObject(before) && isPlainObject(after))
    yield* compareObjects(path, before, after);
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      yield* compare([...path, i], before[i], after[i]);
  } else if (!sameLeaf(before, after))
    yield { path, kind: "modified", old: shown(before), new: shown(after) };
}

function* compareLists(path: Path, before: RefList, after: RefList): Generator<FieldChange> {
  const edits = RefList.difference(before, after);
  if (edits.length > 0) yield { path, kind: "modified", old: before, new: after, edits };
}

function* compareObjects(
  path: Path,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Generator<FieldChange> {
  const keys = Object.keys(before);
  const newKeys = Object.keys(after);
  let found = false;
  for (const key of new Set([...keys, ...newKeys]))
    for (const change of compare([...path, key], own(before, key), own(after, key))) {
      found = true;
      yield change;
    }
  // The order of keys is content. The fields of an entity have the order of its shape, which says nothing.
  if (!found && path.length > 0 && keys.join("\0") !== newKeys.join("\0"))
    yield { path, kind: "modified", old: shown(before), new: shown(after) };
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function sameLeaf(a: unknown, b: unknown): boolean {
  if (a instanceof ReferenceValue && b instanceof ReferenceValue) return a.ref === b.ref;
  if (types.isDate(a) && types.isDate(b)) return a.getTime() === b.getTime();
  if (typeof a === "object" || typeof b === "object") return a === b;
  return a === b || encodeValue(a) === encodeValue(b);
}

/** A compared value as it is shown to the outside. */
function shown(value: unknown): unknown {
  if (value instanceof ListValue) return value.ids;
  if (value instanceof ReferenceValue) return { ref: value.ref } satisfies VersionReference;
  if (Array.isArray(value)) return value.map(shown);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part)]));
}
