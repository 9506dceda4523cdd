import type { Migration } from "../../migrations/plan-migrations.ts";
import { appendFunction } from "./append-function.ts";
import { commitFunction } from "./commit-function.ts";
import { listCommitsFunction, listVersionsFunction, settledFunction } from "./list-functions.ts";
import {
  readHeadsFunction,
  readListBasesFunction,
  readTreeFunction,
  readVersionsFunction,
} from "./read-functions.ts";
import { tableStatements } from "./tables-migration.ts";

/** The steps for a schema, whose name is quoted already. */
export function migrationsFor(schema: string): readonly Migration[] {
  return [
    {
      number: 1,
      name: "init",
      statements: [
        ...tableStatements(schema),
        commitFunction(schema),
        appendFunction(schema),
        readVersionsFunction(schema),
        readTreeFunction(schema),
        readHeadsFunction(schema),
        readListBasesFunction(schema),
        settledFunction(schema),
        listVersionsFunction(schema),
        listCommitsFunction(schema),
      ],
    },
  ];
}
