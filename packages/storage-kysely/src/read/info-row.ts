import type { CommitId, EcsId, LineageId, VersionInfo } from "@mi/ecs";

/** A version without its payload. */
export type InfoRow = readonly [
  key: number,
  ecsId: EcsId,
  lineageId: LineageId,
  parentId: EcsId | null,
  mergedFromId: EcsId | null,
  type: string,
  schemaVersion: number,
  createdAt: string,
  commitId: CommitId,
  sequence: number,
];

export function versionInfo(row: InfoRow): VersionInfo {
  const [, ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt] = row;
  return Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    commitId: row[8],
    sequence: row[9],
  });
}
