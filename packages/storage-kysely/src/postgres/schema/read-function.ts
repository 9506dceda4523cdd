/** A function that answers one query. */
export interface ReadFunction {
  readonly name: string;
  readonly parameters: string;
  /** Of its rows, with their types. */
  readonly columns: string;
  readonly query: string;
}

/**
 * A query as a function, because its plan is made once for each connection, and a plan that was made when the tables were
 * small must stay right when they are large: a server that finds few rows in a table reads all of it, again and again.
 * Nobody can tell it either how large a tree is. It guesses high, and would compile the plan to machine code for each
 * connection, which takes a hundred times as long as the query itself. Settings of a function are no one else's.
 */
export function readFunction(
  schema: string,
  { name, parameters, columns, query }: ReadFunction,
): string {
  return `create function ${schema}.${name}(${parameters})
returns table (${columns})
language plpgsql stable
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $mi$
#variable_conflict use_column
begin
  return query ${query};
end
$mi$`;
}
