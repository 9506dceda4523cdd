import type { Connection } from "../connection.ts";
import { commitProblems } from "./commit-problems.ts";
import { contentProblems } from "./content-problems.ts";
import { headProblems } from "./head-problems.ts";
import { listProblems } from "./list-problems.ts";
import type { Problem } from "./problem.ts";
import { rowProblems } from "./row-problems.ts";

/** Runs inside a transaction. */
export function findProblems(connection: Connection): readonly Problem[] {
  const problems: Problem[] = [];
  for (const check of [rowProblems, contentProblems, commitProblems, headProblems, listProblems]) {
    try {
      problems.push(...check(connection));
    } catch (error) {
      // A damaged file can break any query; what the others find is worth knowing all the same.
      problems.push({
        kind: "file",
        message: `A check could not be run to its end: ${String(error)}`,
        details: { check: check.name },
      });
    }
  }
  return problems;
}
