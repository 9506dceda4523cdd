import { sql } from "kysely";
import { allChecks } from "../verify/all-checks.ts";
import type { Check } from "../verify/check.ts";
import type { Problem } from "../verify/problem.ts";
import { queries } from "./connection.ts";
import type { Connection } from "./connection.ts";

/** Everything that is wrong in one state of the database. */
export function findProblems(connection: Connection): readonly Problem[] {
  const problems: Problem[] = [];
  const collect = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // A torn page breaks any query and ends the transaction; what the other checks find is worth knowing all the same.
      problems.push({
        kind: "file",
        message: `The database could not be read to its end: ${String(error)}`,
        details: {},
      });
    }
  };
  const run = ({ query, problemsOf }: Check): void => {
    for (const row of connection.rows<[], readonly never[]>(query).iterate())
      for (const problem of problemsOf(row)) problems.push(problem);
  };
  const checks = allChecks({
    queries,
    table: (name) => sql.table(name),
    jsonArray: (column, orderBy) =>
      sql`json_group_array(${sql.ref(column)} order by ${sql.ref(orderBy)})`,
    textOf: (stored) => stored,
  });
  collect(() =>
    connection.reading(() => {
      collect(() => problems.push(...fileProblems(connection)));
      for (const each of checks) collect(() => run(each));
    }),
  );
  return problems;
}

/** What SQLite itself finds. */
function fileProblems({ database }: Connection): readonly Problem[] {
  const found = database.prepare<[], string>("PRAGMA integrity_check").pluck().all();
  return found
    .filter((message) => message !== "ok")
    .map((message) => ({ kind: "file", message, details: {} }));
}
