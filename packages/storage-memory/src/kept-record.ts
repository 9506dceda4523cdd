import type { EcsId, EntityRecord, VersionWrite } from "@mi/ecs";
import { keepList } from "./list-hint.ts";
import type { KnownRecord } from "./list-hint.ts";
import { isSettled } from "./is-settled.ts";

const fields: readonly (keyof EntityRecord)[] = [
  "ecsId",
  "lineageId",
  "parentId",
  "mergedFromId",
  "type",
  "schemaVersion",
  "createdAt",
  "data",
  "refs",
  "lists",
];

export interface KeptRecord {
  readonly record: EntityRecord;
  /** Every version that has to be there for this one to be whole; with duplicates. */
  readonly needs: Iterable<EcsId>;
}

/** The record to store: the one given when nobody can change it any more, else a frozen copy. */
export function keepRecord({ record, bases }: VersionWrite, known: KnownRecord): KeptRecord {
  const kept = record.lists.map((list, k) => keepList(list, bases[k] ?? null, known));
  return {
    record: settle(
      record,
      kept.map(({ list }) => list),
    ),
    needs: needsOf(
      record,
      kept.map(({ added }) => added),
    ),
  };
}

function settle(given: EntityRecord, lists: EntityRecord["lists"]): EntityRecord {
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt, data, refs } =
    given;
  if (isOwned(given) && lists.every((list, k) => list === given.lists[k])) return given;
  return Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    data,
    refs: Object.freeze([...refs]),
    lists: Object.freeze(lists),
  });
}

/** A class could answer its fields from elsewhere: they have to be the object's own. */
function isOwned(given: EntityRecord): boolean {
  return (
    fields.every((field) => Object.hasOwn(given, field)) &&
    [given, given.refs, given.lists].every(isSettled)
  );
}

function* needsOf(
  { parentId, mergedFromId, refs }: EntityRecord,
  added: readonly Iterable<EcsId>[],
): Generator<EcsId> {
  if (parentId !== null) yield parentId;
  if (mergedFromId !== null) yield mergedFromId;
  yield* refs;
  for (const ids of added) yield* ids;
}
