import type { EcsId } from "@mi/ecs";
import { check } from "./check.ts";
import type { Check, CheckEngine } from "./check.ts";

/** Heads that are missing, and rows that make a head of what is none. */
export function headChecks({ queries }: CheckEngine): readonly Check[] {
  // Joined, not asked for with "in": one engine would go through all of them for each version.
  const superseded = queries
    .selectFrom("mi_versions")
    .select("parent_key as superseded_key")
    .where("parent_key", "is not", null)
    .union(
      queries
        .selectFrom("mi_versions")
        .select("merged_from_key as superseded_key")
        .where("merged_from_key", "is not", null),
    );
  const missing = queries
    .selectFrom("mi_versions as v")
    .leftJoin(superseded.as("s"), "s.superseded_key", "v.version_key")
    .leftJoin("mi_heads as h", (join) =>
      join
        .onRef("h.lineage_key", "=", "v.lineage_key")
        .onRef("h.version_key", "=", "v.version_key"),
    )
    .select("v.ecs_id")
    .where("s.superseded_key", "is", null)
    .where("h.version_key", "is", null);
  const wrong = queries
    .selectFrom("mi_heads as h")
    .leftJoin("mi_versions as v", (join) =>
      join
        .onRef("v.version_key", "=", "h.version_key")
        .onRef("v.lineage_key", "=", "h.lineage_key"),
    )
    .leftJoin(superseded.as("s"), "s.superseded_key", "h.version_key")
    .select(["h.version_key", "v.ecs_id"])
    .where(({ or, eb }) =>
      or([eb("v.ecs_id", "is", null), eb("s.superseded_key", "is not", null)]),
    );
  return [
    check<readonly [ecsId: EcsId]>(missing, ([ecsId]) => [
      {
        kind: "head",
        message: `Version ${ecsId} has no successor and is not among the heads`,
        details: { ecsId },
      },
    ]),
    check<readonly [versionKey: number, ecsId: EcsId | null]>(wrong, ([key, ecsId]) => [
      {
        kind: "head",
        message:
          ecsId === null
            ? `The head ${key} is not stored in this lineage`
            : `Version ${ecsId} is among the heads and has a successor`,
        details: { key, ecsId },
      },
    ]),
  ];
}
