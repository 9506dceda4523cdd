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
  // By index: taking an array apart goes through its iterator, which is felt with ten thousand rows.
  return Object.freeze({
    ecsId: row[1],
    lineageId: row[2],
    parentId: row[3],
    mergedFromId: row[4],
    type: row[5],
    schemaVersion: row[6],
    createdAt: row[7],
    commitId: row[8],
    sequence: row[9],
  });
}
