import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { systemClock, type Clock } from "../clock.ts";
import { MiError } from "../errors.ts";
import { isJsonObject, parseJson, type JsonValue } from "../json.ts";
import type { ChatResponder, ChatServerReply, RawReply } from "./chat-server-reply.ts";
import { errorBody } from "./completion-body.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import { sendReply } from "./send-reply.ts";

/** How a test server answers, and where it listens. */
export interface ChatServerOptions {
  readonly respond: ChatResponder;
  /** Default: any free port. */
  readonly port?: number | undefined;
  /**
   * How many of the last requests to keep in `requests`, which hold their whole bodies; 0 keeps none.
   * Default: all of them.
   */
  readonly keepRequests?: number | undefined;
  /** Gives `created` of a completion and `receivedAt` of a request. */
  readonly clock?: Clock | undefined;
}

/** A server that is running; close it, or declare it with `await using`. */
export interface ChatServer extends AsyncDisposable {
  /** The base URL for a client, `/v1` included. */
  readonly url: string;
  readonly port: number;
  /** In the order in which they came, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** All requests so far, kept or not. */
  readonly requestCount: number;
  /** Cuts what is still open. May be called again. */
  close(): Promise<void>;
}

const paths = new Set(["/chat/completions", "/v1/chat/completions"]);

/**
 * A server on 127.0.0.1 that speaks OpenAI's chat completions (no streaming), for tests.
 *
 * @throws MiError MI_CLIENT_TEST_SERVER when the port can't be had.
 */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { respond, keepRequests = Number.POSITIVE_INFINITY, clock = systemClock } = options;
  const requests: RecordedRequest[] = [];
  let requestCount = 0;

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bodyText = await readText(incoming);
    const path = new URL(incoming.url ?? "/", "http://127.0.0.1").pathname;
    const request: RecordedRequest = {
      number: ++requestCount,
      path,
      headers: singleHeaders(incoming),
      bodyText,
      body: parseJson(bodyText) ?? null,
      receivedAt: clock.now(),
    };
    requests.push(request);
    if (requests.length > keepRequests) requests.splice(0, requests.length - keepRequests);
    const reply = refusal(incoming.method, request) ?? (await ask(respond, request));
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const now = () => clock.now();
    await sendReply(reply, { request, response, now, signal: gone.signal });
  };

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      // The client went away, and nobody reads this, or the reply has a header that can't be sent.
      if (response.headersSent) response.destroy();
      else sendFailure(response, `the reply can't be sent: ${String(error)}`);
    });
  });
  const port = await listen(server, options.port ?? 0);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= shut(server));
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    get requestCount() {
      return requestCount;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What a real server would refuse before it asks a model. */
function refusal(method: string | undefined, request: RecordedRequest): RawReply | undefined {
  if (!paths.has(request.path)) {
    return refuse(404, `there is nothing at ${request.path}`, "not_found");
  }
  if (method !== "POST") return refuse(405, `${method} is not allowed here`, "method_not_allowed");
  const problem = bodyProblem(request.body);
  return problem === undefined ? undefined : refuse(400, problem, "invalid_body");
}

function bodyProblem(body: JsonValue): string | undefined {
  if (!isJsonObject(body)) return "the body must be a JSON object";
  if (typeof body["model"] !== "string") return "'model' must be text";
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0) {
    return "'messages' must be a list that is not empty";
  }
  return body["stream"] === true ? "'stream' is not supported by this server" : undefined;
}

function refuse(status: number, message: string, code: string): RawReply {
  return { type: "raw", status, body: errorBody(message, "invalid_request_error", code) };
}

async function ask(respond: ChatResponder, request: RecordedRequest): Promise<ChatServerReply> {
  try {
    return await respond(request);
  } catch (error) {
    const message = `the responder failed: ${String(error)}`;
    return {
      type: "raw",
      status: 500,
      body: errorBody(message, "server_error", "responder_failed"),
    };
  }
}

function sendFailure(response: ServerResponse, text: string): void {
  // The length of the reply that failed may be set already.
  response.writeHead(500, {
    "content-type": "text/plain",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function singleHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers = Object.entries(incoming.headers);
  return Object.fromEntries(
    headers.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `Cannot listen on 127.0.0.1:${port} (${cause.message}); choose another port, or none for any free one`;
      reject(new MiError("MI_CLIENT_TEST_SERVER", message, { cause, details: { port } }));
    });
    server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Whoever waits for a delayed reply is told by the end of its connection. */
function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
