import Database from "better-sqlite3";
import type BetterSqlite3 from "better-sqlite3";
import type pg from "pg";
import { listenedPool } from "@mi/postgres-server";

/** Told each thing that a driver is about to do, or has done, for a commit. */
export type Moment = () => void;

/** A database that tells the moments of its writing transactions: at their begin, around each statement, before their end. */
export function tellingDatabase(path: string, moment: Moment): BetterSqlite3.Database {
  const database = new Database(path, { timeout: 30_000 });
  const { prepare, transaction } = database;
  database.prepare = ((source: string) => {
    const statement = prepare.call(database, source) as BetterSqlite3.Statement<unknown[]>;
    for (const name of ["run", "get", "all"] as const) {
      const original = statement[name] as (...args: unknown[]) => unknown;
      statement[name] = ((...args: unknown[]) => {
        moment();
        const result = original.apply(statement, args);
        moment();
        return result;
      }) as never;
    }
    return statement;
  }) as typeof database.prepare;
  database.transaction = ((work: (...args: unknown[]) => unknown) =>
    transaction.call(database, (...args: unknown[]) => {
      moment();
      const result = work(...args);
      moment();
      return result;
    })) as typeof database.transaction;
  return database;
}

/** A pool that tells the moments of each query: before it is sent, when it was, when the first bytes of its answer are there. */
export function tellingPool(connectionString: string, moment: Moment): pg.Pool {
  const pool = listenedPool({ connectionString, max: 2 });
  pool.on("connect", (client) => {
    const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadWriteStream } })
      .connection;
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      moment();
      stream.prependOnceListener("data", moment);
      const answer = query(...args);
      moment();
      return answer;
    }) as typeof client.query;
  });
  return pool;
}
