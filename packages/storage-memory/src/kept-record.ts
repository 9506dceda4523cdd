import type { EcsId, EntityRecord, VersionWrite } from "@mi/ecs";
import { keepList } from "./list-hint.ts";
import type { KnownRecord } from "./list-hint.ts";

export interface KeptRecord {
  readonly record: EntityRecord;
  /** Every version that has to be there for this one to be whole; with duplicates. */
  readonly needs: Iterable<EcsId>;
}

/**
 * The record to store: always a frozen copy, because a frozen object may still compute what it says. What costs memory,
 * its text and the pieces of its lists, is shared with the one given.
 */
export function keepRecord({ record: given, bases }: VersionWrite, known: KnownRecord): KeptRecord {
  const kept = given.lists.map((list, k) => keepList(list, bases[k] ?? null, known));
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt, data } = given;
  const record: EntityRecord = Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    data,
    refs: Object.freeze([...given.refs]),
    lists: Object.freeze(kept.map(({ list }) => list)),
  });
  return {
    record,
    needs: needsOf(
      record,
      kept.map(({ added }) => added),
    ),
  };
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
