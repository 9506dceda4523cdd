import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** Stands between a program and a PostgreSQL server, and loses answers of commits on demand. */
export class SwallowingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #toSwallow = 0;
  #swallowed = 0;
  #port = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#server = createServer((client) => this.#connect(client, hostname, Number(port)));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, and nobody is told, as when a machine vanishes. */
  isSilent = false;

  /** How many answers were lost. */
  get swallowed(): number {
    return this.#swallowed;
  }

  /** The URL of the server by way of this proxy. */
  through(url: string): string {
    const result = new URL(url);
    result.host = `127.0.0.1:${this.#port}`;
    return result.href;
  }

  /** The next answers to a commit don't arrive: the connection breaks when the server has sent them. */
  swallowAnswers(count: number): void {
    this.#toSwallow = count;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, host: string, port: number): void {
    const server = connect(port, host);
    let isCommit = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // A broken connection is what this is for; its other side is told by the close.
      socket.on("error", () => undefined);
    }
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
    client.on("data", (chunk) => {
      if (this.isSilent) return;
      // A commit calls the function, or a statement that was prepared under its name.
      isCommit ||= /mi_commit[\0(]/.test(chunk.toString("latin1"));
      server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (this.isSilent) return;
      const isLost = isCommit && this.#toSwallow > 0;
      isCommit = false;
      if (!isLost) {
        client.write(chunk);
        return;
      }
      this.#toSwallow--;
      this.#swallowed++;
      client.destroy();
    });
  }
}
