import { sql } from "kysely";
import type { CommitId, EcsId } from "@mi/ecs";
import { check } from "./check.ts";
import type { Check, CheckEngine } from "./check.ts";

/** Commits that lack versions which were stored with them, and versions that no commit speaks of. */
export function commitChecks({ queries }: CheckEngine): readonly Check[] {
  const commits = queries.selectFrom("mi_commits as c").select(({ selectFrom }) => [
    "c.commit_id",
    "c.version_count",
    selectFrom("mi_versions as v")
      .select(({ fn }) => fn.countAll().as("found"))
      .whereRef("v.version_key", ">=", "c.first_version_key")
      .where("v.version_key", "<", sql<number>`c.first_version_key + c.version_count`)
      .whereRef("v.sequence", "=", "c.sequence")
      .as("found"),
  ]);
  const strays = queries
    .selectFrom("mi_versions as v")
    .innerJoin("mi_commits as c", "c.sequence", "v.sequence")
    .leftJoin("mi_late_versions as late", (join) =>
      join
        .onRef("late.sequence", "=", "v.sequence")
        .onRef("late.version_key", "=", "v.version_key"),
    )
    .select("v.ecs_id")
    .where("late.version_key", "is", null)
    .where(({ or, eb }) =>
      or([
        eb("v.version_key", "<", eb.ref("c.first_version_key")),
        eb("v.version_key", ">=", sql<number>`c.first_version_key + c.version_count`),
      ]),
    );
  return [
    check<readonly [commitId: CommitId, versionCount: number, found: number]>(
      commits,
      function* ([commitId, versionCount, found]) {
        if (found !== versionCount)
          yield {
            kind: "commit",
            message: `Commit ${commitId} has ${found} of the ${versionCount} versions that it was stored with`,
            details: { commitId },
          };
      },
    ),
    check<readonly [ecsId: EcsId]>(strays, ([ecsId]) => [
      {
        kind: "commit",
        message: `Version ${ecsId} is not among the versions of its commit`,
        details: { ecsId },
      },
    ]),
  ];
}
