import { pendingMigrations } from "../migrations/plan-migrations.ts";
import { queries } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { migrations } from "./migrations.ts";

/**
 * Brings the tables to the newest schema, all steps or none. Under the write lock from the start: of several processes
 * that open an empty database at once, one makes the tables and the others find them; and a database that may not be
 * written is noticed here.
 */
export function migrate(connection: Connection): void {
  connection.writing(() => {
    const { database, place } = connection;
    database.exec(
      `CREATE TABLE IF NOT EXISTS mi_migrations (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      ) STRICT`,
    );
    // Deletes nothing. SQLite refuses a write where it may not write, but not the transaction for one.
    database.exec("DELETE FROM mi_migrations WHERE number < 1");
    const applied = connection.select(
      queries.selectFrom("mi_migrations").select(["number", "name"]).orderBy("number").compile(),
    );
    for (const { number, name, statements } of pendingMigrations(migrations, applied, place)) {
      for (const statement of statements) database.exec(statement);
      connection.select(
        queries.insertInto("mi_migrations").values({ number, name }).returning("number").compile(),
      );
    }
  });
}
