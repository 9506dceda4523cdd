import type { Connection } from "../connection.ts";
import { commitProblems } from "./commit-problems.ts";
import { contentProblems } from "./content-problems.ts";
import { headProblems } from "./head-problems.ts";
import { listProblems } from "./list-problems.ts";
import type { Problem } from "./problem.ts";
import { rowProblems } from "./row-problems.ts";

const CHECKS = [rowProblems, contentProblems, commitProblems, headProblems, listProblems];

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
  collect(() =>
    connection.reading(() => {
      for (const check of CHECKS)
        collect(() => {
          for (const problem of check(connection)) problems.push(problem);
        });
    }),
  );
  return problems;
}
