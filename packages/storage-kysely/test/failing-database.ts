import type BetterSqlite3 from "better-sqlite3";

export interface FailingDatabase {
  readonly database: BetterSqlite3.Database;
  /** Lets that many more writes through, and fails the one after them. */
  failAtWrite(write: number): void;
}

/** A database whose statements fail on demand, just before they write. */
export function failingDatabase(database: BetterSqlite3.Database): FailingDatabase {
  let left = Number.POSITIVE_INFINITY;
  const { prepare } = database;
  database.prepare = ((source: string) => {
    const statement = prepare.call(database, source) as BetterSqlite3.Statement<unknown[]>;
    const { run } = statement;
    statement.run = (...args: unknown[]) => {
      if (left-- === 0) throw Object.assign(new Error("on purpose"), { code: "SQLITE_IOERR" });
      return run.apply(statement, args);
    };
    return statement;
  }) as typeof database.prepare;
  return {
    database,
    failAtWrite: (write) => {
      left = write;
    },
  };
}
