import { createHash } from "node:crypto";
import { CompiledQuery } from "kysely";
import type pg from "pg";
import { StorageError } from "@mi/ecs";
import { driverCodeOf } from "../classify-error.ts";
import type { CallersTransaction } from "../within.ts";
import { postgresError } from "./postgres-errors.ts";
import { watch } from "./watch-client.ts";

/** A statement that is prepared under its name, once for each connection; without one it is planned each time. */
export interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
}

/** Where statements run: each call is one round trip. */
export interface Session {
  /** Names the database in messages. */
  readonly place: string;
  /** The rows, as arrays of columns. */
  run<Row extends readonly unknown[]>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]>;
}

const INT8 = 20;
/** Deadlock, and a transaction that could not be put in order with others. */
const UNDONE = ["40P01", "40001"];
const MOST_ATTEMPTS = 10;

/** Whole numbers of 8 bytes as numbers: keys, counts and sequences stay below 2^53. */
export function numberTypes(client: pg.ClientBase): pg.CustomTypesConfig {
  return {
    getTypeParser: ((oid: number, format?: "text") =>
      oid === INT8 ? Number : client.getTypeParser(oid, format)) as typeof client.getTypeParser,
  };
}

/** By the texts of statements, which are few. */
const preparedNames = new Map<string, string>();

/** Statements of several schemas, and of programs of several ages, may meet on one connection: the name tells the text. */
function preparedName(name: string, text: string): string {
  let known = preparedNames.get(text);
  if (known === undefined) {
    known = `${createHash("sha256").update(text).digest("hex").slice(0, 12)}_${name}`;
    preparedNames.set(text, known);
  }
  return known;
}

/** How much longer than the server lets a statement run, an answer may take on its way. */
const ON_ITS_WAY_MS = 5000;

/** Runs each statement on any connection of a pool. */
export class PoolSession implements Session {
  readonly place: string;
  readonly pool: pg.Pool;
  readonly #isPreparing: boolean;
  readonly #answerTimeoutMs: number | undefined;

  /** With `isPreparing`, statements that have a name are prepared. */
  constructor(pool: pg.Pool, place: string, isPreparing: boolean) {
    this.pool = pool;
    this.place = place;
    this.#isPreparing = isPreparing;
    this.#answerTimeoutMs = answerTimeoutOf(pool);
  }

  async run<Row extends readonly unknown[]>(
    { name, text }: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    return this.#untilUnlocked(async (client) => {
      const query = {
        text,
        values: [...values],
        rowMode: "array" as const,
        query_timeout: this.#answerTimeoutMs,
      };
      const { rows } = await client.query<Row[]>(
        name !== undefined && this.#isPreparing
          ? { ...query, name: preparedName(name, text) }
          : query,
      );
      return rows as readonly unknown[] as readonly Row[];
    });
  }

  /** Runs statements without values, all in one transaction. */
  async runTogether(texts: readonly string[]): Promise<void> {
    // Several statements in one message are one transaction.
    await this.#untilUnlocked((client) => client.query(texts.join(";\n")));
  }

  /** Repeats work of one transaction that the server undid, because it and another one waited for each other. */
  async #untilUnlocked<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return this.use(async (client) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work(client);
        } catch (error) {
          if (attempt === MOST_ATTEMPTS || !UNDONE.includes(driverCodeOf(error) ?? "")) throw error;
        }
      }
    });
  }

  /** Lends a connection. One on which something failed that isn't the statement's fault is not used again. */
  async use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(isOfConnection(error));
      throw postgresError(error, this.place);
    }
  }

  /** A connection, which the caller releases. */
  async connect(): Promise<pg.PoolClient> {
    if (this.pool.ending)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        `${this.place} has a pool that was ended; open the storage again on another one to go on`,
      );
    try {
      const client = await this.pool.connect();
      watch(client);
      return client;
    } catch (error) {
      throw postgresError(error, this.place);
    }
  }
}

/**
 * After which an answer is no longer waited for. The server keeps its own timeout, or is not there any more: a machine
 * that vanished says nothing, and the network takes a quarter of an hour to notice.
 */
function answerTimeoutOf({ options }: pg.Pool): number | undefined {
  const { statement_timeout: timeout, connectionTimeoutMillis = 0 } = options;
  if (typeof timeout !== "number" || timeout === 0) return undefined;
  return timeout + (connectionTimeoutMillis > 0 ? connectionTimeoutMillis : ON_ITS_WAY_MS);
}

/** What the server says about a statement has an SQLSTATE; the connection is as good as before. */
function isOfConnection(error: unknown): boolean {
  const code = driverCodeOf(error) ?? "";
  // A code of Node.js may look like one of SQL, as EPIPE does; no class of SQL begins with E.
  return !/^(?!E)[0-9A-Z]{5}$/.test(code) || /^(08|57P|25P0[34])/.test(code);
}

/** Runs statements in a transaction of somebody else, who ends it. */
export class TransactionSession implements Session {
  readonly place: string;
  readonly #transaction: CallersTransaction;

  constructor(transaction: CallersTransaction, place: string) {
    this.#transaction = transaction;
    this.place = place;
  }

  async run<Row extends readonly unknown[]>(
    { text }: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    try {
      const { rows } = await this.#transaction.executeQuery<Record<string, unknown>>(
        CompiledQuery.raw(text, [...values]),
      );
      return rows.map((row) => Object.values(row)) as readonly unknown[] as readonly Row[];
    } catch (error) {
      throw postgresError(error, this.place);
    }
  }
}
