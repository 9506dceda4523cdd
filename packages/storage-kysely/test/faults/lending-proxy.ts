import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

export interface LendingProxyOptions {
  /** What becomes of settings that come with a connection. */
  readonly settings: "refused" | "dropped";
  /** Whether connections are lent for single statements, so that nobody can begin a transaction. */
  readonly byStatement?: boolean | undefined;
}

/** What every PostgreSQL proxy takes of what comes with a connection. */
const TAKEN = ["user", "database", "application_name", "client_encoding"];

/**
 * Stands between programs and a PostgreSQL server, and shows programs what PgBouncer shows them: an id of its own for the
 * connection, and no settings that come with it. Each connection goes to one of the server's all the same.
 */
export class LendingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: LendingProxyOptions;
  #port = 0;

  constructor(url: string, options: LendingProxyOptions) {
    const { hostname, port } = new URL(url);
    this.#options = options;
    this.#server = createServer((client) => this.#connect(client, connect(Number(port), hostname)));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** The URL of the server by way of this proxy. */
  through(url: string): string {
    const result = new URL(url);
    result.host = `127.0.0.1:${this.#port}`;
    return result.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
    client.once("data", (startup: Buffer) => {
      const settings = settingsOf(startup);
      const [refused] = settings.filter(([name]) => !TAKEN.includes(name));
      if (refused !== undefined && this.#options.settings === "refused") {
        client.end(fatal(`unsupported startup parameter: ${refused[0]}`));
        return;
      }
      server.write(startupWith(settings.filter(([name]) => TAKEN.includes(name))));
      client.on("data", (chunk: Buffer) => {
        const begins = chunk.toString("latin1", 0, 1) === "Q" && textOf(chunk).startsWith("begin");
        if (begins && this.#options.byStatement === true)
          client.end(fatal("transaction blocks not allowed in statement pooling mode"));
        else server.write(chunk);
      });
    });
    server.on("data", withOtherId(client));
  }
}

/** Passes on what the server says, with another id for the connection. */
function withOtherId(client: Socket): (chunk: Buffer) => void {
  let isReady = false;
  let rest = Buffer.alloc(0);
  return (chunk) => {
    if (isReady) {
      client.write(chunk);
      return;
    }
    rest = Buffer.concat([rest, chunk]);
    while (!isReady && rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const message = Buffer.from(rest.subarray(0, 1 + rest.readUInt32BE(1)));
      rest = rest.subarray(message.length);
      const type = message.toString("latin1", 0, 1);
      if (type === "K") message.writeUInt32BE(0x6d_69_00_00, 5);
      isReady = type === "Z";
      client.write(message);
    }
    if (isReady) client.write(rest);
  };
}

function textOf(query: Buffer): string {
  return query.toString("utf8", 5);
}

/** Behind a length and a version: names and values, each with a NUL at its end, and one more. */
function settingsOf(startup: Buffer): readonly (readonly [name: string, value: string])[] {
  const texts = startup.toString("utf8", 8).split("\0");
  const count = texts.indexOf("", 0);
  return Array.from({ length: Math.floor(count / 2) }, (_, i) => [
    texts[2 * i] ?? "",
    texts[2 * i + 1] ?? "",
  ]);
}

function startupWith(settings: readonly (readonly [string, string])[]): Buffer {
  const texts = Buffer.from(`${settings.flat().join("\0")}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + texts.length);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, texts]);
}

/** What PgBouncer says when it ends a connection: one code for everything. */
function fatal(text: string): Buffer {
  const body = Buffer.from(`SFATAL\0C08P01\0M${text}\0\0`);
  const head = Buffer.from("E\0\0\0\0");
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
