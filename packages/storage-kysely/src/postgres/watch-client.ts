import type pg from "pg";

/** Connections whose loss is listened for. Several storages may share a pool, one after the other for ever. */
const watched = new WeakSet<pg.PoolClient>();

/** The loss of a connection is told to the query on it; the same event without a listener would end the process. */
export function watch(client: pg.PoolClient): void {
  if (watched.has(client)) return;
  watched.add(client);
  client.on("error", () => undefined);
}
