import type { Compilable, Kysely, RawBuilder } from "kysely";
import type { Tables } from "../tables.ts";
import type { Problem } from "./problem.ts";

/** One query over the whole database, and what its rows say about it. */
export interface Check {
  readonly query: Compilable;
  /** Called for each row, in order, with its columns. */
  readonly problemsOf: (row: readonly never[]) => Iterable<Problem>;
}

/** What the checks need of an engine. */
export interface CheckEngine {
  readonly queries: Kysely<Tables>;
  readonly table: (name: keyof Tables) => RawBuilder<unknown>;
  /** A JSON array, as text, of a column of a group; "[]" for an empty one. */
  readonly jsonArray: (column: string, orderBy: string) => RawBuilder<string>;
  /** The text that a column of text holds. */
  readonly textOf: (stored: string) => string;
}

/** A check of a query whose rows have these columns. */
export function check<Row extends readonly unknown[]>(
  query: Compilable,
  problemsOf: (row: Row) => Iterable<Problem>,
): Check {
  return { query, problemsOf: (row) => problemsOf(row as readonly unknown[] as Row) };
}
