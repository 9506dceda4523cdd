import type BetterSqlite3 from "better-sqlite3";
import type { StorageEvent, StorageEventListener } from "@mi/conformance";

/** A database whose writing transactions break on demand. */
export interface FailingDatabase {
  readonly database: BetterSqlite3.Database;
  /** Lets that many more writes through, and fails the one after them. */
  failAtWrite(write: number): void;
  /** From now on it is told each event of a writing transaction; nobody is without one. */
  listen(listener: StorageEventListener | undefined): void;
  /** Whether a listener has stopped it: nobody may hear of it any more. */
  readonly isStopped: boolean;
}

/** What is not committed when it throws is undone, as the next process finds it after a death. */
export function failingDatabase(database: BetterSqlite3.Database): FailingDatabase {
  let left = Number.POSITIVE_INFINITY;
  let listener: StorageEventListener | undefined;
  let isStopped = false;
  let isWriting = false;
  const { prepare, transaction } = database;

  const tell = (event: StorageEvent): void => {
    const outcome = listener?.(event) ?? "go on";
    if (outcome === "go on") return;
    isStopped = outcome === "stop";
    throw onPurpose();
  };

  database.prepare = ((source: string) => {
    const statement = prepare.call(database, source) as BetterSqlite3.Statement<unknown[]>;
    const { run } = statement;
    statement.run = (...args: unknown[]) => {
      if (left-- === 0) throw onPurpose();
      if (isWriting) tell("write");
      return run.apply(statement, args);
    };
    return statement;
  }) as typeof database.prepare;

  database.transaction = ((work: (...args: unknown[]) => unknown) => {
    const telling = transaction.call(database, (...args: unknown[]) => {
      const result = work(...args);
      if (isWriting) tell("commit");
      return result;
    });
    const { immediate } = telling;
    const writing = (...args: unknown[]): unknown => {
      tell("begin");
      isWriting = true;
      try {
        const result = immediate(...args);
        tell("committed");
        return result;
      } finally {
        isWriting = false;
      }
    };
    return Object.assign((...args: unknown[]) => telling(...args), {
      default: telling.default,
      deferred: telling.deferred,
      immediate: writing,
      exclusive: telling.exclusive,
    });
  }) as typeof database.transaction;

  return {
    database,
    failAtWrite: (write) => {
      left = write;
    },
    listen: (heard) => {
      listener = heard;
    },
    get isStopped() {
      return isStopped;
    },
  };
}

function onPurpose(): Error {
  return Object.assign(new Error("on purpose"), { code: "SQLITE_IOERR" });
}
