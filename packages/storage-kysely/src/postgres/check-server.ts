import type pg from "pg";
import { StorageError } from "@mi/ecs";

/** The oldest that our statements have been tried with, as `server_version_num`. */
const OLDEST = 130_000;

interface Server {
  readonly version: number;
  readonly version_name: string;
  readonly level: string;
  readonly process: number;
  /** What was asked for and isn't so. */
  readonly lacking: readonly string[];
  /** The statements that make it so. */
  readonly advice: string;
}

/**
 * Fails now where calls would fail later, or go wrong without a word: an old server, a strict isolation level, settings
 * that a proxy has dropped, a proxy that allows no transactions. Answers whether the connection is one to the server
 * itself.
 *
 * @throws StorageError with code MI_STORAGE_OPEN, which says what to do.
 */
export async function checkServer(
  client: pg.PoolClient,
  place: string,
  asked: ReadonlyMap<string, string>,
): Promise<{ readonly isDirect: boolean }> {
  const { rows } = await client.query<Server>(
    `with lacking as (
      select s.name, x.value
      from unnest($1::text[], $2::text[]) as x(name, value) join pg_settings s on lower(s.name) = x.name
      where s.source not in ('client', 'session') and s.setting <> x.value
    )
    select current_setting('server_version_num')::integer as version, current_setting('server_version') as version_name,
      current_setting('transaction_isolation') as level, pg_backend_pid() as process,
      array(select name from lacking order by name) as lacking,
      (select string_agg(format('alter role %I set %I = %L', current_user, name, value), '; ' order by name) from lacking) as advice`,
    [[...asked.keys()], [...asked.values()]],
  );
  const [server] = rows;
  if (server === undefined) return { isDirect: false };
  const { version, version_name: versionName, level, lacking, advice } = server;
  if (version < OLDEST)
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} is on PostgreSQL ${versionName}, and this package takes ${OLDEST / 10_000} or newer; update the server`,
      { details: { place, version: versionName } },
    );
  requireReadCommitted(level, place);
  if (lacking.length > 0)
    throw new StorageError(
      "MI_STORAGE_OPEN",
      `${place} gave the connection other settings than it asked for (${lacking.join(", ")}); a proxy may have dropped them: open with the values that are in force, or 0 for none of a timeout, or give them to the user (${advice})`,
      { details: { place, settings: lacking } },
    );
  // A proxy answers with an id of its own, by which it would find the connection that it has lent.
  const isDirect = "processID" in client && client.processID === server.process;
  if (!isDirect) await requireTransactions(client);
  return { isDirect };
}

/**
 * A call is a transaction of one statement, and asks more than once what others have written meanwhile. In a stricter
 * level it would see what was there at its begin: a listing would miss a commit that ended after that, for ever.
 */
function requireReadCommitted(level: string, place: string): void {
  if (["read committed", "read uncommitted"].includes(level)) return;
  throw new StorageError(
    "MI_STORAGE_OPEN",
    `${place} begins transactions as ${level}, in which listings would miss commits; connect with options=-c%20default_transaction_isolation=read%5C%20committed in the URL, or set default_transaction_isolation of this user to 'read committed'`,
    { details: { place, level } },
  );
}

/** A proxy may lend connections for single statements; it ends one that begins a transaction. */
async function requireTransactions(client: pg.PoolClient): Promise<void> {
  await client.query("begin");
  await client.query("rollback");
}
