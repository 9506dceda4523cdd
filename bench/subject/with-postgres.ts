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

/** The URL of an empty schema for one side; connections commit without waiting for the disk. */
export async function schemaFor(server: SharedServer): Promise<string> {
  return (await server.emptySchema({ synchronous_commit: "off" })).url;
}
