import { sql } from "kysely";
import type { EcsId, LineageId } from "@mi/ecs";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** Finds the heads of any number of lineages with one query. */
export class HeadsReader {
  readonly #heads;

  constructor(connection: Connection) {
    this.#heads = connection.rows<[ids: string], readonly [lineageId: LineageId, ecsId: EcsId]>(
      queries
        .selectFrom(sql<{ value: LineageId }>`json_each(${argument})`.as("id"))
        .innerJoin("mi_versions as first", "first.lineage_id", "id.value")
        .innerJoin("mi_heads as h", "h.lineage_key", "first.version_key")
        .innerJoin("mi_versions as v", "v.version_key", "h.version_key")
        .select(["id.value", "v.ecs_id"])
        .orderBy("v.sequence")
        .orderBy("v.version_key"),
    );
  }

  /** In the order of the lineages; of each, by sequence. */
  heads(lineages: readonly LineageId[]): readonly (readonly EcsId[])[] {
    const found = new Map<LineageId, EcsId[]>(lineages.map((id) => [id, []]));
    for (const [lineage, head] of this.#heads.all(JSON.stringify([...found.keys()])))
      found.get(lineage)?.push(head);
    return lineages.map((id) => found.get(id) ?? []);
  }
}
