import { sql } from "kysely";
import type { NamedRef, Page, PageOf, RefQuery } from "@mi/ecs";
import { cursorAfter, keyOfCursor, pageOf, rowsOf } from "../../pages/cursor.ts";
import { endOfPrefix, sortKeyOf } from "../../sort-key.ts";
import { queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** A page of named refs, with one query. */
export function listRefs(connection: Connection, query: RefQuery, page: PageOf): Page<NamedRef> {
  const rows = connection.select(refsQuery(query, page).compile());
  return pageOf(
    rows,
    page,
    ({ name, ecs_id }) => Object.freeze({ name, to: ecs_id }),
    ({ name }) => cursorAfter("ref", hex(name)),
  );
}

function refsQuery({ names, prefix }: RefQuery, page: PageOf) {
  const { after, descending = false } = page;
  let refs = queries
    .selectFrom("mi_named_refs as r")
    .innerJoin("mi_versions as v", "v.version_key", "r.version_key")
    .select(["r.name", "v.ecs_id"])
    .orderBy("r.sort_key", descending ? "desc" : "asc")
    .limit(rowsOf(page));
  if (after !== undefined)
    refs = refs.where(
      "r.sort_key",
      descending ? "<" : ">",
      Buffer.from(keyOfCursor("ref", after), "hex"),
    );
  if (names !== undefined)
    refs = refs.where(
      "r.sort_key",
      "in",
      sql<never>`(select unhex(value) from json_each(${JSON.stringify(names.map(hex))}))`,
    );
  if (prefix !== undefined) {
    const start = sortKeyOf(prefix);
    const end = endOfPrefix(start);
    refs = refs.where("r.sort_key", ">=", start);
    if (end !== undefined) refs = refs.where("r.sort_key", "<", end);
  }
  return refs;
}

function hex(name: string): string {
  return Buffer.from(sortKeyOf(name)).toString("hex");
}
