import { PostgresServer } from "@mi/postgres-server";

/** A server that writes down as little as it may before it has to: when it starts again, it has something to recover. */
export async function recoveringServer(): Promise<PostgresServer> {
  return PostgresServer.start({ settings: { checkpoint_timeout: "1h" } });
}
