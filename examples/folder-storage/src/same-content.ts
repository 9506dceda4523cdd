import { RefList } from "@mi/ecs";
import type { CommitHeader, EntityRecord } from "@mi/ecs";

/** What a commit header consists of: other properties of the object that a caller passes are not kept. */
export function headerOf(given: CommitHeader): CommitHeader {
  const { id, createdAt, operation, actor, reason, correlationId, cause, metadata } = given;
  return { id, createdAt, operation, actor, reason, correlationId, cause, metadata };
}

export function isSameHeader(a: CommitHeader, b: CommitHeader): boolean {
  return JSON.stringify(headerOf(a)) === JSON.stringify(headerOf(b));
}

/** All of a record but its lists. */
export function flatPartOf(given: EntityRecord): Omit<EntityRecord, "lists"> {
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt } = given;
  const { data, refs } = given;
  const identity = { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt };
  return { ...identity, data, refs };
}

export function isSameRecord(a: EntityRecord, b: EntityRecord): boolean {
  return (
    JSON.stringify(flatPartOf(a)) === JSON.stringify(flatPartOf(b)) &&
    a.lists.length === b.lists.length &&
    a.lists.every((list, k) => RefList.equal(list, b.lists[k] ?? RefList.from([])))
  );
}
