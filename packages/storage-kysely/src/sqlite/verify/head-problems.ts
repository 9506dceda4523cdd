import type { EcsId } from "@mi/ecs";
import { queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import type { Problem } from "./problem.ts";

/** Heads that are missing, and rows that make a head of what is none. */
export function* headProblems(connection: Connection): Generator<Problem> {
  const superseded = queries
    .selectFrom("mi_versions")
    .select("parent_key as version_key")
    .where("parent_key", "is not", null)
    .union(
      queries
        .selectFrom("mi_versions")
        .select("merged_from_key as version_key")
        .where("merged_from_key", "is not", null),
    );
  const missing = connection.values<[], EcsId>(
    queries
      .selectFrom("mi_versions as v")
      .select("v.ecs_id")
      .where("v.version_key", "not in", superseded)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("mi_heads as h")
              .select("h.version_key")
              .whereRef("h.lineage_key", "=", "v.lineage_key")
              .whereRef("h.version_key", "=", "v.version_key"),
          ),
        ),
      ),
  );
  for (const ecsId of missing.all())
    yield {
      kind: "head",
      message: `Version ${ecsId} has no successor and is not among the heads`,
      details: { ecsId },
    };

  const wrong = connection.rows<[], readonly [versionKey: number, ecsId: EcsId | null]>(
    queries
      .selectFrom("mi_heads as h")
      .leftJoin("mi_versions as v", (join) =>
        join
          .onRef("v.version_key", "=", "h.version_key")
          .onRef("v.lineage_key", "=", "h.lineage_key"),
      )
      .select(["h.version_key", "v.ecs_id"])
      .where(({ or, eb }) =>
        or([eb("v.ecs_id", "is", null), eb("h.version_key", "in", superseded)]),
      ),
  );
  for (const [key, ecsId] of wrong.all())
    yield {
      kind: "head",
      message:
        ecsId === null
          ? `The head ${key} is not stored in this lineage`
          : `Version ${ecsId} is among the heads and has a successor`,
      details: { key, ecsId },
    };
}
