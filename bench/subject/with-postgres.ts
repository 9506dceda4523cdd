import { SharedServer } from "@mi/postgres-server";

/** Gives the work the server of `MI_TEST_POSTGRES_URL`, or one that runs only for it, with its usual settings. */
export async function withPostgres<T>(work: (server: SharedServer) => Promise<T>): Promise<T> {
  const server = await SharedServer.open();
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

/** The URL of an empty schema for one side; with `normal`, connections commit without waiting for the disk. */
export async function schemaFor(
  server: SharedServer,
  durability: "full" | "normal" = "normal",
): Promise<string> {
  const synchronousCommit = durability === "full" ? "on" : "off";
  return (await server.emptySchema({ synchronous_commit: synchronousCommit })).url;
}
