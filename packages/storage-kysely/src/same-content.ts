import { RefList } from "@mi/ecs";
import type { CommitHeader, EntityRecord } from "@mi/ecs";

export function isSameRecord(a: EntityRecord, b: EntityRecord): boolean {
  return (
    a.ecsId === b.ecsId &&
    a.lineageId === b.lineageId &&
    a.parentId === b.parentId &&
    a.mergedFromId === b.mergedFromId &&
    a.type === b.type &&
    a.schemaVersion === b.schemaVersion &&
    a.createdAt === b.createdAt &&
    a.data === b.data &&
    isSame(a.refs, b.refs, (x, y) => x === y) &&
    isSame(a.lists, b.lists, RefList.equal)
  );
}

export function isSameHeader(a: CommitHeader, b: CommitHeader): boolean {
  return (
    a.id === b.id &&
    a.createdAt === b.createdAt &&
    a.operation === b.operation &&
    a.actor === b.actor &&
    a.reason === b.reason &&
    a.correlationId === b.correlationId &&
    a.cause === b.cause &&
    a.metadata === b.metadata
  );
}

function isSame<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean): boolean {
  return (
    a.length === b.length &&
    a.every((x, i) => {
      const y = b[i];
      return y !== undefined && equal(x, y);
    })
  );
}
