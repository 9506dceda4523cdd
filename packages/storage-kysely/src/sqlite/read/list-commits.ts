import type { CommitQuery, LineageId, Page, PageOf, StoredCommit } from "@mi/ecs";
import { cursorAfter, numberOfCursor, pageOf, rowsOf } from "../../pages/cursor.ts";
import type { CommitRow } from "../../read/commit-row.ts";
import { storedCommit } from "../../read/commit-row.ts";
import { queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** A page of commits, with one query. */
export function listCommits(
  connection: Connection,
  query: CommitQuery,
  page: PageOf,
): Page<StoredCommit> {
  const rows = connection.selectRows<CommitRow>(commitsQuery(query, page).compile());
  return pageOf(rows, page, storedCommit, ([sequence]) => cursorAfter("commit", String(sequence)));
}

function commitsQuery(query: CommitQuery, page: PageOf) {
  const { lineageId, actor, operation, correlationId, since, until } = query;
  const { after, descending = false } = page;
  let commits = queries
    .selectFrom("mi_commits as c")
    .select([
      "c.sequence",
      "c.commit_id",
      "c.created_at",
      "c.operation",
      "c.actor",
      "c.reason",
      "c.correlation_id",
      "c.cause_id",
      "c.metadata",
    ])
    .orderBy("c.sequence", descending ? "desc" : "asc")
    .limit(rowsOf(page));
  if (after !== undefined)
    commits = commits.where("c.sequence", descending ? "<" : ">", numberOfCursor("commit", after));
  if (lineageId !== undefined)
    commits = commits.where("c.sequence", "in", sequencesOfLineage(lineageId));
  if (actor !== undefined) commits = commits.where("c.actor", "=", actor);
  if (operation !== undefined) commits = commits.where("c.operation", "=", operation);
  if (correlationId !== undefined) commits = commits.where("c.correlation_id", "=", correlationId);
  if (since !== undefined) commits = commits.where("c.created_at", ">=", since);
  if (until !== undefined) commits = commits.where("c.created_at", "<", until);
  return commits;
}

function sequencesOfLineage(lineageId: LineageId) {
  const first = queries
    .selectFrom("mi_versions as first")
    .where("first.lineage_id", "=", lineageId);
  return first
    .select("first.sequence")
    .unionAll(
      first
        .innerJoin("mi_versions as v", "v.lineage_key", "first.version_key")
        .where("v.lineage_id", "is", null)
        .select("v.sequence"),
    );
}
