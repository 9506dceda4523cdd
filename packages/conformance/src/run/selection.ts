import { MiError } from "@mi/ecs";
import { clauses } from "../clauses/all.ts";
import type { Clause } from "../clause.ts";

/**
 * Which clauses are meant by ids or areas; all without any.
 *
 * @throws MiError `MI_CONFORMANCE_UNKNOWN_CLAUSE` for a name that is neither, and for none at all: a typing mistake must not select nothing.
 */
export function selectClauses(only: readonly string[] | undefined): ReadonlySet<Clause> {
  if (only === undefined) return new Set(clauses);
  if (!Array.isArray(only))
    throw new MiError(
      "MI_CONFORMANCE_UNKNOWN_CLAUSE",
      `The selection is a list of ids and areas, got ${String(only)}`,
    );
  if (only.length === 0)
    throw new MiError(
      "MI_CONFORMANCE_UNKNOWN_CLAUSE",
      "No clause is selected; name some, or leave the selection out to run all",
    );
  return new Set(
    only.flatMap((name) => {
      const named = clauses.filter(({ id, area }) => id === name || area === name);
      if (named.length === 0)
        throw new MiError(
          "MI_CONFORMANCE_UNKNOWN_CLAUSE",
          `No clause and no area is called ${JSON.stringify(name)}; take an id such as ${JSON.stringify(clauses[0]?.id)}`,
          { details: { name } },
        );
      return named;
    }),
  );
}
