import type { Bench } from "../measure/line.ts";
import { changeOne } from "./change-one.ts";
import { coldLoad } from "./cold-load.ts";
import { copyIds } from "./copy-ids.ts";
import { listVersions } from "./list-versions.ts";
import { middleVersion } from "./middle-version.ts";
import { readPostgres } from "./read-postgres.ts";
import { turnMemory } from "./turn-memory.ts";
import { turnPostgres, turnPostgresNormal } from "./turn-postgres.ts";
import { turnSqlite } from "./turn-sqlite.ts";

/** In the order in which they run and print. */
export const allBenches: readonly Bench[] = [
  turnMemory,
  turnSqlite,
  turnPostgres,
  turnPostgresNormal,
  coldLoad,
  middleVersion,
  listVersions,
  readPostgres,
  changeOne,
  copyIds,
];
