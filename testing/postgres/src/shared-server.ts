import { randomBytes } from "node:crypto";
import type pg from "pg";
import { listenedPool } from "./listened-pool.ts";
import { PostgresServer } from "./postgres-server.ts";
import type { ServerOptions } from "./postgres-server.ts";

export interface SharedServerOptions extends ServerOptions {
  /** The URL of a superuser of a server that runs, and that others may use at the same time. Default: `MI_TEST_POSTGRES_URL`. */
  readonly given?: string | undefined;
}

export interface EmptySchema {
  /** Connections with it see no other schema. */
  readonly url: string;
  readonly schema: string;
}

/** A server to make databases and schemas on, each with a name of its own: one that is given, or one that is started for it. */
export class SharedServer {
  /** Of a superuser, and of a database that nothing is in that matters. */
  readonly url: string;
  readonly #started: PostgresServer | undefined;
  readonly #pool: pg.Pool;
  readonly #made: string[] = [];

  private constructor(url: string, started: PostgresServer | undefined) {
    this.url = url;
    this.#started = started;
    this.#pool = listenedPool({ connectionString: url, max: 2 });
  }

  /** The options for a server count only for one that is started here. */
  static async open(options: SharedServerOptions = {}): Promise<SharedServer> {
    const given = options.given ?? process.env["MI_TEST_POSTGRES_URL"];
    if (given !== undefined && given !== "") return new SharedServer(given, undefined);
    const started = await PostgresServer.start(options);
    return new SharedServer(started.url, started);
  }

  /** Runs one statement, as the superuser. */
  readonly query = async (
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Record<string, unknown>[]> =>
    (await this.#pool.query(text, [...values])).rows;

  /** The URL of an empty database. */
  async emptyDatabase(): Promise<string> {
    const name = unusedName();
    await this.query(`create database ${name} template template0 encoding 'UTF8'`);
    this.#made.push(`database if exists ${name} with (force)`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** An empty schema, several times faster than a database. `settings` are those of its connections. */
  async emptySchema(settings: Readonly<Record<string, string>> = {}): Promise<EmptySchema> {
    const schema = unusedName();
    await this.query(`create schema ${schema}`);
    this.#made.push(`schema if exists ${schema} cascade`);
    const url = new URL(this.url);
    const all = Object.entries({ search_path: schema, ...settings });
    url.searchParams.set("options", all.map(([name, value]) => `-c ${name}=${value}`).join(" "));
    return { url: url.href, schema };
  }

  /** A user that owns nothing, and may do nothing but connect. Its name has to be quoted in SQL. */
  async newUser(password: string): Promise<string> {
    const name = `${unusedName()}-user`;
    await this.query(`create role "${name}" login password '${password}'`);
    this.#made.push(`role "${name}"`, `owned by "${name}"`);
    return name;
  }

  /** Stops a server that was started here; of one that was given, drops what was made on it. */
  async close(): Promise<void> {
    if (this.#started === undefined)
      for (const what of this.#made.toReversed()) await this.query(`drop ${what}`);
    await this.#pool.end();
    await this.#started?.stop();
  }
}

function unusedName(): string {
  return `mi_test_${randomBytes(6).toString("hex")}`;
}
