import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import type BetterSqlite3 from "better-sqlite3";
import { StorageError } from "@mi/ecs";
import { driverCodeOf } from "../classify-error.ts";
import { kindOf } from "../require-options.ts";
import type { ViewTypes } from "../views/requested-views.ts";
import { Connection } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { sqliteError } from "./sqlite-errors.ts";

/** How a SQLite database is opened. */
export interface SqliteOptions<Views extends ViewTypes | undefined = ViewTypes | undefined> {
  /**
   * When a commit counts as done. `"full"` (default): when the disk has it, so that it survives a loss of power.
   * `"normal"`: when the operating system has it, which is many times faster; it survives the end of this process
   * however it comes, and after a loss of power the newest commits may be missing, but never a part of one.
   */
  readonly durability?: "full" | "normal" | undefined;
  /** How long a write waits for a writer of another process. It blocks this process meanwhile. Default: 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Types to make views of, for SQL and for `storage.db`. Default: none; what is there stays. */
  readonly views?: Views | undefined;
}

/** How often, and how long apart, to ask for the log that lets readers and a writer work side by side. */
const LOG_ATTEMPTS = 250;
const LOG_PAUSE_MS = 20;
const IN_MEMORY = ":memory:";
/** The longest time that SQLite takes. */
const MOST_MS = 2 ** 31 - 1;

/** A connection that is set up and whose tables are there. One that fails is closed if it was opened here. */
export async function openConnection(
  pathOrDatabase: string | BetterSqlite3.Database,
  { durability = "full", busyTimeoutMs }: SqliteOptions,
): Promise<Connection> {
  checkPlace(pathOrDatabase);
  checkOptions(durability, busyTimeoutMs);
  const isPath = typeof pathOrDatabase === "string";
  if (isPath) checkPath(pathOrDatabase);
  else checkDatabase(pathOrDatabase);
  const place = `The SQLite database ${JSON.stringify(isPath ? pathOrDatabase : pathOrDatabase.name)}`;
  const database = isPath ? openFile(pathOrDatabase, place, busyTimeoutMs) : pathOrDatabase;
  const connection = new Connection(database, place);
  try {
    requireNoTransaction(connection);
    if (busyTimeoutMs !== undefined) database.pragma(`busy_timeout = ${busyTimeoutMs}`);
    await useWriteAheadLog(connection);
    database.pragma(`synchronous = ${durability}`);
    database.pragma("foreign_keys = ON");
    migrate(connection);
    return connection;
  } catch (error) {
    if (isPath) database.close();
    throw isPath ? openError(error, pathOrDatabase, place) : sqliteError(error, place);
  }
}

/** An empty path, as an unset variable gives, would be a database that is gone when it is closed. */
function checkPlace(pathOrDatabase: unknown): void {
  const isGood =
    typeof pathOrDatabase === "string"
      ? pathOrDatabase.trim() !== ""
      : typeof Reflect.get(Object(pathOrDatabase), "pragma") === "function";
  if (!isGood)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `open() takes the path of a file, ":memory:" or a Database of better-sqlite3, got ${typeof pathOrDatabase === "string" ? "an empty path" : String(pathOrDatabase)}`,
    );
}

/** Both become part of a statement. */
function checkOptions(durability: string, busyTimeoutMs = 0): void {
  if (durability !== "full" && durability !== "normal")
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `durability must be "full" or "normal", got ${JSON.stringify(durability)}`,
    );
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > MOST_MS)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `busyTimeoutMs must be a whole number from 0 to ${MOST_MS}, got ${busyTimeoutMs}`,
    );
}

/** A message never repeats what may be a URL with a password. */
function checkPath(path: string): void {
  const refused = (what: string): StorageError =>
    new StorageError("MI_STORAGE_USAGE", `SqliteStorage.open() takes the path of a file; ${what}`);
  // SQLite would make a database that is gone when it is closed.
  if (path.trim() === "") throw refused('this one is empty; name a file, or ":memory:"');
  if (path.includes("\0")) throw refused("this one has NUL in it, where the path would end");
  if (/^(file:|sqlite:|[a-z][a-z\d+.-]*:\/\/)/i.test(path))
    throw refused("this one is a URL; write it as a path, after ./ if the file is called so");
}

function checkDatabase(database: BetterSqlite3.Database): void {
  if (!isDatabase(database))
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `SqliteStorage.open() takes a path or a Database of better-sqlite3, got ${kindOf(database)}`,
    );
  if (!database.open)
    throw new StorageError(
      "MI_STORAGE_CLOSED",
      `The SQLite database ${JSON.stringify(database.name)} was closed; open the storage on one that is open`,
    );
}

function isDatabase(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    ["prepare", "transaction", "pragma", "open"].every((name) => name in value)
  );
}

function openFile(
  path: string,
  place: string,
  busyTimeoutMs: number | undefined,
): BetterSqlite3.Database {
  if (path !== IN_MEMORY && !existsSync(dirname(path)))
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} can't be made: its folder doesn't exist; make the folder first`,
      { details: { place, path } },
    );
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} can't be opened: there is something else than a file; name another path`,
      { details: { place, path } },
    );
  try {
    return new Database(path, busyTimeoutMs === undefined ? {} : { timeout: busyTimeoutMs });
  } catch (error) {
    throw openError(error, path, place);
  }
}

/** SQLite has one code for a path that can be no database and for one that it may not use. */
function openError(error: unknown, path: string, place: string): unknown {
  const isUnclear = driverCodeOf(error)?.startsWith("SQLITE_CANTOPEN") ?? false;
  if (!isUnclear || path === IN_MEMORY || mayUse(path)) return sqliteError(error, place);
  return new StorageError(
    "MI_STORAGE_PERMISSION",
    `${place} may not be read or written by this process; change the rights of the file and its folder`,
    { cause: error, details: { place, path } },
  );
}

function mayUse(path: string): boolean {
  const { R_OK, W_OK, X_OK } = constants;
  try {
    // The write-ahead log is a file beside the database.
    accessSync(dirname(path), W_OK | X_OK);
    if (existsSync(path)) accessSync(path, R_OK | W_OK);
    return true;
  } catch {
    return false;
  }
}

function requireNoTransaction({ database, place }: Connection): void {
  if (database.inTransaction)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `${place} is in a transaction; open the storage before the transaction or after it`,
    );
}

/** Several processes that open an empty file at once ask for the same lock; SQLite lets none of them wait for it. */
async function useWriteAheadLog({ database, place }: Connection): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const mode = database.pragma("journal_mode = WAL", { simple: true });
      if (mode === "wal" || database.memory) return;
      throw new StorageError(
        "MI_STORAGE_OPEN",
        `${place} can't have a write-ahead log (its journal is ${String(mode)}); put it on a local disk`,
        { details: { place, mode } },
      );
    } catch (error) {
      if (driverCodeOf(error) !== "SQLITE_BUSY" || attempt === LOG_ATTEMPTS) throw error;
      await setTimeout(LOG_PAUSE_MS);
    }
  }
}
