import { StorageError } from "@mi/ecs";
import type { ViewTypes } from "../views/requested-views.ts";

/** How a PostgreSQL database is opened. */
export interface PostgresOptions<Views extends ViewTypes | undefined = ViewTypes | undefined> {
  /**
   * When a commit counts as done. `"full"` (default): when the server's disk has it, so that it survives a loss of
   * power. `"normal"`: when the server has it in memory (`synchronous_commit = off`), which is faster; after a crash of
   * the server the newest commits may be missing, but never a part of one.
   */
  readonly durability?: "full" | "normal" | undefined;
  /** The schema of the tables, made when it isn't there. Default: the first one of the connection's search path. */
  readonly schema?: string | undefined;
  /**
   * Prepare statements by name, once for each connection. Default: on connections to the server itself, and not through a
   * proxy, which may share connections between transactions.
   */
  readonly prepare?: boolean | undefined;
  /** The most connections of our own pool. Default: 10. Of a pool that is handed in, its owner has set it. */
  readonly max?: number | undefined;
  /** How long to wait for a connection of our own pool, a new one or a free one. Default: 5000; 0: for ever. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long the server lets a statement of our own pool run. Default: 60,000; 0: for ever. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long the server lets a statement of our own pool wait for a lock. Default: 10,000; 0: for ever. */
  readonly lockTimeoutMs?: number | undefined;
  /** How connections of our own pool name themselves to the server. Default: "@mi/storage-kysely". */
  readonly applicationName?: string | undefined;
  /** Types to make views of, for SQL and for `storage.db`. Default: none; what is there stays. */
  readonly views?: Views | undefined;
}

/** The longest time that both the server and a timer of Node.js take. */
const MOST_MS = 2 ** 31 - 1;
/** The most bytes of a name; PostgreSQL cuts a longer one without a word. */
const LONGEST_NAME = 63;

/** @throws StorageError with code MI_STORAGE_USAGE, before anything is connected. */
export function checkOptions(options: PostgresOptions): void {
  const { durability = "full", schema, max = 1, prepare = true, applicationName = "" } = options;
  if (durability !== "full" && durability !== "normal")
    throw refused("durability", 'must be "full" or "normal"', durability);
  if (!Number.isSafeInteger(max) || max < 1)
    throw refused("max", "must be a whole number of 1 or more", max);
  for (const name of ["connectTimeoutMs", "statementTimeoutMs", "lockTimeoutMs"] as const) {
    const value = options[name] ?? 0;
    if (!Number.isSafeInteger(value) || value < 0 || value > MOST_MS)
      throw refused(name, `must be a whole number from 0 to ${MOST_MS}`, value);
  }
  if (typeof prepare !== "boolean") throw refused("prepare", "must be true or false", prepare);
  // The driver writes anything else into what it sends next, on whatever connection.
  if (typeof applicationName !== "string" || applicationName.includes("\0"))
    throw refused("applicationName", "must be a text without NUL", applicationName);
  if (schema !== undefined) checkSchema(schema);
}

/** The name becomes a part of functions. */
export function checkSchema(schema: string): void {
  if (typeof schema !== "string") throw refused("schema", "must be a text", schema);
  if (/^(pg_|information_schema$)/.test(schema))
    throw refused("schema", "must not be one of PostgreSQL's own, which backups leave out", schema);
  const isPlain = schema !== "" && !/[\0'"$\\\p{Surrogate}]/u.test(schema);
  if (!isPlain || Buffer.byteLength(schema) > LONGEST_NAME)
    throw refused(
      "schema",
      `must be a name of 1 to ${LONGEST_NAME} bytes without quotes, dollar signs and backslashes`,
      schema,
    );
}

function refused(name: string, must: string, value: unknown): StorageError {
  return new StorageError("MI_STORAGE_USAGE", `${name} ${must}, got ${JSON.stringify(value)}`);
}
