import type pg from "pg";
import type { StorageEvent, StorageEventListener } from "@mi/conformance";
import { listenedPool } from "@mi/postgres-server";

type Query = (...args: unknown[]) => Promise<unknown>;

/** The tables whose statements count as writes. */
const TABLES = [
  "mi_commits",
  "mi_types",
  "mi_versions",
  "mi_late_versions",
  "mi_heads",
  "mi_references",
  "mi_version_lists",
  "mi_segments",
  "mi_segment_items",
  "mi_segment_runs",
  "mi_named_refs",
];

/** What makes statements fail on a connection that asks for it: after how many. */
export const failingWrites = `
  create function mi_test_write() returns trigger language plpgsql as $$
  declare
    writes_left integer := nullif(current_setting('mi_test.writes_left', true), '')::integer;
  begin
    if writes_left = 0 then raise exception 'on purpose' using errcode = '58030'; end if;
    if writes_left > 0 then perform set_config('mi_test.writes_left', (writes_left - 1)::text, false); end if;
    return null;
  end $$;
  ${TABLES.map(
    (table) =>
      `create trigger mi_test before insert or update or delete on ${table}
        for each statement execute function mi_test_write();`,
  ).join("\n")}`;

/** A pool whose commits break on demand, as a server and a network break them. */
export class UnreliablePool {
  readonly pool: pg.Pool;
  readonly #clients = new Set<pg.PoolClient>();
  #losesReply = false;
  #failAt: number | undefined;
  #listener: StorageEventListener | undefined;

  constructor(connectionString: string, max = 4) {
    this.pool = listenedPool({ connectionString, max });
    this.pool.on("connect", (client) => {
      this.#clients.add(client);
      const query = client.query.bind(client) as Query;
      client.query = ((...args: unknown[]) =>
        isCommit(args[0])
          ? this.#commit(client, query, args)
          : query(...args)) as Query as typeof client.query;
    });
    this.pool.on("remove", (client) => this.#clients.delete(client));
  }

  loseNextReply(): void {
    this.#losesReply = true;
  }

  failAtWrite(write: number): void {
    this.#failAt = write;
  }

  listen(listener: StorageEventListener): void {
    this.#listener = listener;
  }

  /** All connections break, as when the process dies. */
  crash(): void {
    for (const client of this.#clients) cut(client);
  }

  async #commit(client: pg.PoolClient, query: Query, args: unknown[]): Promise<unknown> {
    for (const event of ["begin", "write", "commit"] as const) await this.#tell(event, client);
    const failAt = this.#failAt;
    this.#failAt = undefined;
    if (failAt !== undefined) await query(setLeft(String(failAt)));
    try {
      const result = await query(...args);
      await this.#tell("committed", client);
      if (this.#losesReply) {
        this.#losesReply = false;
        cut(client);
        throw new Error("Connection terminated unexpectedly");
      }
      return result;
    } finally {
      if (failAt !== undefined) await query(setLeft(""));
    }
  }

  async #tell(event: StorageEvent, client: pg.PoolClient): Promise<void> {
    const outcome = this.#listener?.(event);
    if (outcome === "stop") await new Promise(() => undefined);
    if (outcome === "fail") {
      cut(client);
      throw new Error("Connection terminated unexpectedly");
    }
  }
}

function isCommit(config: unknown): boolean {
  return (
    typeof config === "object" &&
    config !== null &&
    "text" in config &&
    /\.mi_(commit|append)\(/.test(String(config.text))
  );
}

function setLeft(left: string): string {
  return `set mi_test.writes_left = '${left}'`;
}

/** Breaks the connection without a word to the server. */
function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}
