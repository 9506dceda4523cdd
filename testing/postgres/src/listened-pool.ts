import pg from "pg";

/**
 * A pool whose owner listens for the loss of idle connections, as every owner has to: `end()` doesn't wait until they are
 * closed, and the server may end them before.
 */
export function listenedPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on("error", () => undefined);
  return pool;
}
