import type { CommitId, EcsId } from "../ids.ts";
import type { StoredCommit, VersionInfo } from "../storage/contract.ts";
import { decodeValue } from "../values/codec.ts";

/** One commit of the audit trail. */
export interface CommitEntry {
  readonly id: CommitId;
  readonly sequence: number;
  readonly createdAt: Date;
  readonly operation: string | undefined;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly correlationId: string | undefined;
  readonly cause: EcsId | undefined;
  readonly metadata: unknown;
  /** The versions that it made, in storage order. */
  readonly versions: readonly VersionInfo[];
}

export function commitEntry(commit: StoredCommit, versions: readonly VersionInfo[]): CommitEntry {
  return {
    id: commit.id,
    sequence: commit.sequence,
    createdAt: new Date(commit.createdAt),
    operation: commit.operation ?? undefined,
    actor: commit.actor ?? undefined,
    reason: commit.reason ?? undefined,
    correlationId: commit.correlationId ?? undefined,
    cause: commit.cause ?? undefined,
    metadata: decodeValue(commit.metadata),
    versions,
  };
}
