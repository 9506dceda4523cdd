import type { Statement } from "./session.ts";

export function sizeStatement(schema: string): Statement {
  return {
    text: `select coalesce(sum(pg_total_relation_size(c.oid)), 0)::double precision as size
      from pg_class c
      where c.relkind = 'r' and c.relname like 'mi\\_%' and c.relnamespace =
        (select m.relnamespace from pg_class m where m.oid = '${schema}.mi_commits'::regclass)`,
  };
}
