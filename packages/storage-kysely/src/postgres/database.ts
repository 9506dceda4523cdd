import { Kysely, PostgresDialect } from "kysely";
import type { PostgresPoolClient } from "kysely";
import type pg from "pg";
import type { Tables } from "../tables.ts";
import { numberTypes } from "./session.ts";
import type { PoolSession } from "./session.ts";

/** A Kysely on the pool of a session, whose keys and counts are numbers. */
export function databaseOf<Database extends Tables>(
  session: PoolSession,
  schemaName: string,
): Kysely<Database> {
  const pool = {
    connect: async () => numberClient(await session.connect()),
    // The storage ends the pool, or its owner does.
    end: async () => undefined,
  };
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }).withSchema(schemaName);
}

function numberClient(client: pg.PoolClient): PostgresPoolClient {
  const types = numberTypes(client);
  // The dialect has no class of cursors, so it never asks with one.
  const query = (text: unknown, values: readonly unknown[] = []): unknown =>
    client.query({ text: String(text), values: [...values], types });
  return { query: query as PostgresPoolClient["query"], release: () => client.release() };
}
