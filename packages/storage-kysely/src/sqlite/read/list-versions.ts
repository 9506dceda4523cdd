import { sql } from "kysely";
import type { CommitId, Page, PageOf, VersionInfo, VersionQuery } from "@mi/ecs";
import { cursorAfter, numberOfCursor, pageOf, rowsOf } from "../../pages/cursor.ts";
import { versionInfo } from "../../read/info-row.ts";
import type { InfoRow } from "../../read/info-row.ts";
import { jsonValues, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** SQLite joins up to 500 queries into one. With more types than this, all their keys are sorted for each page. */
const MOST_TYPES_TO_MERGE = 100;

/** A page of versions, with one query and one more to find types. Runs inside a transaction. */
export function listVersions(
  connection: Connection,
  query: VersionQuery,
  page: PageOf,
): Page<VersionInfo> {
  const types = query.types === undefined ? undefined : typeKeys(connection, query.types);
  if (types?.length === 0) return { items: [], next: undefined };
  const rows = connection.selectRows<InfoRow>(infoQuery(keysOfPage(query, types, page)).compile());
  const sign = page.descending === true ? -1 : 1;
  // The database would sort the rows of the page anew; they come as their keys do.
  const ordered = rows.toSorted((a, b) => sign * (a[0] - b[0]));
  return pageOf(ordered, page, versionInfo, ([key]) => cursorAfter("version", String(key)));
}

function typeKeys(connection: Connection, names: readonly string[]): readonly number[] {
  return connection
    .select(
      queries
        .selectFrom("mi_types")
        .select("type_key")
        .where("name", "in", jsonValues(names))
        .compile(),
    )
    .map(({ type_key }) => type_key);
}

/** The keys of one page, in its order: from one index, or merged from parts of one that has them in parts. */
function keysOfPage(query: VersionQuery, types: readonly number[] | undefined, page: PageOf) {
  return orderedParts(query, types, page)
    .reduce((all, part) => all.unionAll(part))
    .orderBy("version_key", page.descending === true ? "desc" : "asc")
    .limit(rowsOf(page));
}

/** Queries for keys, each answered in order by one index; together they are the whole. */
function orderedParts(
  query: VersionQuery,
  types: readonly number[] | undefined,
  page: PageOf,
): readonly KeyQuery[] {
  const { lineageId, commitId } = query;
  let keys = keysWhere(query, page);
  if (commitId === undefined && lineageId === undefined && types !== undefined) {
    if (types.length <= MOST_TYPES_TO_MERGE)
      return types.map((type) => keys.where("s.type_key", "=", type));
  }
  // The plus keeps the index of types out of it: another one narrows more.
  if (types !== undefined) keys = keys.where(sql<number>`+s.type_key`, "in", jsonValues(types));
  if (commitId !== undefined)
    keys = keys.where("s.version_key", "in", versionKeysOfCommit(commitId));
  if (lineageId === undefined) return [keys];
  // The index of lineages leaves out the first version of each: most lineages have no other.
  const first = queries.selectFrom("mi_versions").select("version_key");
  return [
    keys.where("s.lineage_id", "=", lineageId),
    keys
      .where("s.lineage_id", "is", null)
      .where("s.lineage_key", "=", first.where("lineage_id", "=", lineageId)),
  ];
}

type KeyQuery = ReturnType<typeof keysWhere>;

function keysWhere({ headsOnly }: VersionQuery, { after, descending = false }: PageOf) {
  let keys = queries.selectFrom("mi_versions as s").select("s.version_key");
  if (after !== undefined)
    keys = keys.where("s.version_key", descending ? "<" : ">", numberOfCursor("version", after));
  if (headsOnly === true)
    keys = keys.where(({ exists, selectFrom }) =>
      exists(
        selectFrom("mi_heads as h")
          .select("h.version_key")
          .whereRef("h.lineage_key", "=", "s.lineage_key")
          .whereRef("h.version_key", "=", "s.version_key"),
      ),
    );
  return keys;
}

function versionKeysOfCommit(commitId: CommitId) {
  return queries
    .selectFrom("mi_commits as c")
    .innerJoin("mi_versions as v", (join) =>
      join
        .onRef("v.version_key", ">=", "c.first_version_key")
        .on("v.version_key", "<", sql<number>`c.first_version_key + c.version_count`),
    )
    .select("v.version_key")
    .where("c.commit_id", "=", commitId)
    .unionAll(
      queries
        .selectFrom("mi_commits as c")
        .innerJoin("mi_late_versions as late", "late.sequence", "c.sequence")
        .select("late.version_key")
        .where("c.commit_id", "=", commitId),
    );
}

function infoQuery(keys: ReturnType<typeof keysOfPage>) {
  return queries
    .selectFrom(keys.as("k"))
    .innerJoin("mi_versions as v", "v.version_key", "k.version_key")
    .innerJoin("mi_versions as first", "first.version_key", "v.lineage_key")
    .innerJoin("mi_types as t", "t.type_key", "v.type_key")
    .innerJoin("mi_commits as c", "c.sequence", "v.sequence")
    .leftJoin("mi_versions as p", "p.version_key", "v.parent_key")
    .leftJoin("mi_versions as m", "m.version_key", "v.merged_from_key")
    .select([
      "v.version_key",
      "v.ecs_id",
      "first.lineage_id",
      "p.ecs_id as parent_id",
      "m.ecs_id as merged_from_id",
      "t.name",
      "v.schema_version",
      "v.created_at",
      "c.commit_id",
      "v.sequence",
    ]);
}
