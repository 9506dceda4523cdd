import pg from "pg";
import { StorageError } from "@mi/ecs";
import { kindOf } from "../require-options.ts";
import { askedSettings } from "./asked-settings.ts";
import { checkOptions } from "./postgres-options.ts";
import type { PostgresOptions } from "./postgres-options.ts";
import { watch } from "./watch-client.ts";

export interface OpenedPool {
  readonly pool: pg.Pool;
  /** Names the database in messages: never with a password. */
  readonly place: string;
  readonly isOwned: boolean;
  /** The settings that its connections ask the server for. */
  readonly asked: ReadonlyMap<string, string>;
  /** Takes back what was added to a pool of somebody else. */
  readonly letGo: () => void;
}

const CONNECT_TIMEOUT_MS = 5000;
const STATEMENT_TIMEOUT_MS = 60_000;
const LOCK_TIMEOUT_MS = 10_000;
/** A transaction of ours is never idle for longer than its process is stopped. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** A pool of our own, or one that is handed in, made safe against the loss of idle connections. */
export function openPool(urlOrPool: string | pg.Pool, options: PostgresOptions): OpenedPool {
  checkOptions(options);
  const isOwned = typeof urlOrPool === "string";
  if (!isOwned) checkPool(urlOrPool);
  const pool = isOwned ? newPool(urlOrPool, options) : urlOrPool;
  listen(pool);
  const letGo = (): void => {
    // Connections of a pool that was ended may still break while they close.
    if (!isOwned) stopListening(pool);
  };
  return { pool, place: placeOf(pool), isOwned, asked: askedSettings(pool.options), letGo };
}

function checkPool(pool: unknown): void {
  const isPool =
    typeof pool === "object" &&
    pool !== null &&
    ["connect", "on", "off", "options", "totalCount"].every((name) => name in pool);
  if (!isPool)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `PostgresStorage.open() takes a URL, as a text, or a Pool of pg, got ${kindOf(pool)}`,
    );
}

/** How many storages are on a pool. */
const users = new WeakMap<pg.Pool, number>();

/**
 * The pool has dropped the connection by then, and the next call gets another one; but an event that is an error and has
 * no listener ends the process.
 */
function onIdleError(): void {}

/**
 * One listener, however many storages share the pool. A new connection is listened to before the pool hands it out: the
 * server may end it with the very bytes that say it is ready.
 */
function listen(pool: pg.Pool): void {
  const count = users.get(pool) ?? 0;
  if (count === 0) {
    pool.on("error", onIdleError);
    pool.on("connect", watch);
  }
  users.set(pool, count + 1);
}

function stopListening(pool: pg.Pool): void {
  const count = (users.get(pool) ?? 0) - 1;
  if (count === 0) {
    pool.off("error", onIdleError);
    pool.off("connect", watch);
  }
  users.set(pool, count);
}

function newPool(url: string, options: PostgresOptions): pg.Pool {
  const {
    max = 10,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    lockTimeoutMs = LOCK_TIMEOUT_MS,
    applicationName = "@mi/storage-kysely",
  } = options;
  const config: pg.PoolConfig = {
    connectionString: url,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: applicationName,
    keepAlive: true,
  };
  // The server's own timeouts. One in the client gives up and leaves the connection busy with the old query.
  if (statementTimeoutMs > 0) config.statement_timeout = statementTimeoutMs;
  if (lockTimeoutMs > 0) config.lock_timeout = lockTimeoutMs;
  config.idle_in_transaction_session_timeout = IDLE_IN_TRANSACTION_TIMEOUT_MS;
  if (!isPostgresUrl(url)) throw unreadable();
  try {
    // A client reads the URL when it is made, and connects later.
    new pg.Client(config);
    return new pg.Pool(config);
  } catch {
    // The driver's error may quote the URL, with its password.
    throw unreadable();
  }
}

function isPostgresUrl(url: string): boolean {
  return /^(postgres|postgresql|socket):/i.test(url) && URL.canParse(url);
}

function unreadable(): StorageError {
  return new StorageError(
    "MI_STORAGE_USAGE",
    "The URL of the PostgreSQL database can't be read; it must look like postgres://user:password@host:5432/database, with special characters escaped",
  );
}

function placeOf({ options }: pg.Pool): string {
  const { host, port, database } = new pg.Client(options);
  return `The PostgreSQL database ${JSON.stringify(database ?? "")} at ${host}:${port}`;
}
