import type { Commit, EntityStorage, LineageId, StoredVersion } from "@mi/ecs";
import { writeOf } from "../fixtures/fixtures.ts";
import { allPages } from "./visible-state.ts";
import type { VisibleState } from "./visible-state.ts";

/** All commits of a storage as another one takes them: without hints, without the moves of refs. */
export async function exportedCommits(storage: EntityStorage): Promise<readonly Commit[]> {
  return exported(storage, undefined);
}

/** The parts of those commits that concern one lineage. */
export async function exportedLineage(
  storage: EntityStorage,
  lineageId: LineageId,
): Promise<readonly Commit[]> {
  return exported(storage, lineageId);
}

async function exported(
  storage: EntityStorage,
  lineageId: LineageId | undefined,
): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  const stored = await allPages((page) => storage.commits({ lineageId }, page), 5);
  for (const { sequence: _, ...header } of stored) {
    const query = { lineageId, commitId: header.id };
    const infos = await allPages((page) => storage.versions(query, page), 5);
    const read = await storage.read(infos.map(({ ecsId }) => ecsId));
    const versions = read.flatMap((version) => (version === undefined ? [] : [version.record]));
    commits.push({ header, versions: versions.map(writeOf), mustBeHeads: [], refMoves: [] });
  }
  return commits;
}

/** What two media can have in common: each counts its commits for itself. */
export function withoutSequences(state: VisibleState): Omit<VisibleState, "versions"> & {
  readonly versions: readonly StoredVersion[];
} {
  return {
    ...state,
    infos: state.infos.map((info) => ({ ...info, sequence: 0 })),
    versions: state.versions.flatMap((version) =>
      version === undefined ? [] : [{ ...version, sequence: 0 }],
    ),
    commits: state.commits.map((commit) => ({ ...commit, sequence: 0 })),
  };
}
