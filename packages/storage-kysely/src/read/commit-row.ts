import type { CommitId, EcsId, StoredCommit } from "@mi/ecs";

export type CommitRow = readonly [
  sequence: number,
  commitId: CommitId,
  createdAt: string,
  operation: string | null,
  actor: string | null,
  reason: string | null,
  correlationId: string | null,
  causeId: EcsId | null,
  metadata: string,
];

export function storedCommit(row: CommitRow): StoredCommit {
  const [sequence, id, createdAt, operation, actor, reason, correlationId, cause, metadata] = row;
  return Object.freeze({
    id,
    createdAt,
    operation,
    actor,
    reason,
    correlationId,
    cause,
    metadata,
    sequence,
  });
}
