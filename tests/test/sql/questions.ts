import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Engine = "SQLite" | "PostgreSQL";

/** A question of docs/sql.md: its heading, its query, and the table that stands below as the answer. */
export interface Question {
  readonly title: string;
  readonly sql: string;
  /** Where the query is in the words of one engine. */
  readonly engine: Engine | undefined;
  /** The names of the columns, then the rows. */
  readonly answer: readonly (readonly string[])[];
}

const page = join(import.meta.dirname, "..", "..", "..", "docs", "sql.md");

/** Every query of the page: the answer is the first table after it. */
export function questionsOf(text = readFileSync(page, "utf8")): readonly Question[] {
  return text.split(/^#{2,3} /m).flatMap((section) => {
    const [title = ""] = section.split("\n");
    const queries = [...section.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = ""]) => sql);
    const answer = [...section.matchAll(/^\|.*\|$/gm)]
      .map(([line]) =>
        line
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      )
      .filter((_, i) => i !== 1);
    return queries.map((sql) => {
      const engine = /^-- (SQLite|PostgreSQL)\n/.exec(sql)?.[1] as Engine | undefined;
      return { title, sql, engine, answer };
    });
  });
}
