import type { StorageStats } from "@mi/ecs";
import { queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

export function readStats(connection: Connection): StorageStats {
  const [row] = connection.select(
    queries
      .selectNoFrom(({ selectFrom }) => [
        selectFrom("mi_versions")
          .select(({ fn }) => fn.countAll<number>().as("n"))
          .as("versions"),
        selectFrom("mi_versions")
          .select(({ fn }) => fn.countAll<number>().as("n"))
          .where("lineage_id", "is not", null)
          .as("lineages"),
        selectFrom("mi_commits")
          .select(({ fn }) => fn.countAll<number>().as("n"))
          .as("commits"),
      ])
      .compile(),
  );
  return {
    versions: row?.versions ?? 0,
    lineages: row?.lineages ?? 0,
    commits: row?.commits ?? 0,
  };
}
