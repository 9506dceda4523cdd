import { sql } from "kysely";
import type pg from "pg";
import { decodeText } from "../text-encoding.ts";
import { allChecks } from "../verify/all-checks.ts";
import type { Check } from "../verify/check.ts";
import type { Problem } from "../verify/problem.ts";
import { queriesOf } from "./queries.ts";
import { numberTypes } from "./session.ts";
import type { PoolSession } from "./session.ts";

/** How many rows of a check are in memory at once. */
const ROWS = 1000;

/** Everything that is wrong in one state of the database. */
export async function findProblems(
  session: PoolSession,
  schemaName: string,
): Promise<readonly Problem[]> {
  const checks = allChecks({
    queries: queriesOf(schemaName),
    table: (name) => sql.id(schemaName, name),
    jsonArray: (column, orderBy) =>
      sql`coalesce(json_agg(${sql.ref(column)} order by ${sql.ref(orderBy)}), '[]')::text`,
    textOf: decodeText,
  });
  const problems: Problem[] = [];
  await session.use(async (client) => {
    await client.query("begin isolation level repeatable read read only");
    try {
      // It reads everything, however long that takes.
      await client.query("set local statement_timeout = 0; set local jit = off");
      for (const check of checks) problems.push(...(await problemsOf(client, check)));
    } finally {
      await client.query("rollback");
    }
  });
  return problems;
}

async function problemsOf(client: pg.PoolClient, check: Check): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { sql: text, parameters } = check.query.compile();
  await client.query("savepoint mi_check");
  try {
    await client.query(`declare mi_check no scroll cursor for ${text}`, [...parameters]);
    const fetch = {
      text: `fetch ${ROWS} mi_check`,
      rowMode: "array" as const,
      types: numberTypes(client),
    };
    for (;;) {
      const { rows } = await client.query<never[]>(fetch);
      for (const row of rows) problems.push(...check.problemsOf(row));
      if (rows.length < ROWS) break;
    }
    await client.query("close mi_check");
  } catch (error) {
    if (!isDamage(error)) throw error;
    await client.query("rollback to savepoint mi_check");
    problems.push({
      kind: "file",
      message: `The database could not be read to its end: ${String(error)}`,
      details: {},
    });
  }
  return problems;
}

/** A page or an index that the server can't read: what the other checks find is worth knowing all the same. */
function isDamage(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  return (
    typeof code === "string" && (code.startsWith("XX") || code === "58030" || code === "58P01")
  );
}
