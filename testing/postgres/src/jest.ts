import { afterAll } from "@jest/globals";
import { SharedServer } from "./shared-server.ts";
import type { EmptySchema } from "./shared-server.ts";

/** Each medium of a test file may have a pool of its own. */
const settings = { max_connections: "200" };

let opened: Promise<SharedServer> | undefined;

/**
 * The server of a test file, which goes away with the file: the one of `MI_TEST_POSTGRES_URL`, or one that is started at
 * the first call. Without `fsync` it is fast, for tests that don't ask what survives.
 */
export async function testServer(fsync: "on" | "off" = "off"): Promise<SharedServer> {
  opened ??= SharedServer.open({ fsync, settings });
  return opened;
}

/** The URL of an empty database of its own. */
export async function emptyDatabase(): Promise<string> {
  return (await testServer()).emptyDatabase();
}

/** The URL of an empty schema of its own, several times faster. Its connections see no other. */
export async function emptySchema(): Promise<EmptySchema> {
  return (await testServer()).emptySchema();
}

afterAll(async () => {
  await (await opened)?.close();
});
