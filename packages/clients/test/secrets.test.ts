import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { OpenAIClient } from "../src/openai/openai-client.ts";
import { startChatServer } from "../src/testing/chat-server.ts";
import type { ChatServerReply } from "../src/testing/chat-server-reply.ts";
import type { RecordedRequest } from "../src/testing/recorded-request.ts";
import { failureOf, hello, withChatServer } from "./with-chat-server.ts";

const secret = "sk-secret/0123456789+abcdef";

/** Everything that could be printed, logged or stored of a value. */
function everythingOf(value: unknown): string {
  return (
    inspect(value, { depth: null, showHidden: true, maxStringLength: null }) + JSON.stringify(value)
  );
}

function authorization(request: RecordedRequest): string {
  return request.headers["authorization"] ?? "";
}

const echoes: [string, (request: RecordedRequest) => ChatServerReply][] = [
  [
    "in an error object",
    (r) => ({
      type: "raw",
      status: 401,
      body: {
        error: {
          message: `Bad ${authorization(r)}`,
          code: authorization(r),
          type: authorization(r),
        },
      },
    }),
  ],
  [
    "in a text body",
    (r) => ({ type: "raw", status: 500, body: `headers: ${JSON.stringify(r.headers)}` }),
  ],
  [
    "in a JSON body of status 500",
    (r) => ({ type: "raw", status: 500, body: { headers: { ...r.headers } } }),
  ],
  [
    "in an error of status 200",
    (r) => ({ type: "raw", body: { error: { message: authorization(r) } } }),
  ],
  ["in a malformed body", (r) => ({ type: "raw", body: { headers: { ...r.headers } } })],
  [
    "in HTML",
    (r) => ({
      type: "raw",
      body: `<pre>${authorization(r)}</pre>`,
      headers: { "content-type": `text/${authorization(r)}` },
    }),
  ],
  [
    "in escaped JSON",
    (r) => ({
      type: "raw",
      status: 400,
      body: JSON.stringify({ error: { message: authorization(r) } }).replaceAll("/", "\\/"),
    }),
  ],
  [
    "in the request id",
    (r) => ({ type: "raw", status: 400, body: {}, headers: { "x-request-id": authorization(r) } }),
  ],
  ["and cuts the connection", () => ({ type: "fault", fault: "cut_in_body" })],
];

describe("a key never comes out again", () => {
  test.each(echoes)("when the server sends it back %s", async (_, respond) => {
    await withChatServer(
      respond,
      async (client, server) => {
        const error = await failureOf(client.complete(hello));
        expect(error).toMatchObject({ code: expect.stringMatching(/^MI_CLIENT_/) });
        expect(server.requests[0]?.headers["authorization"]).toBe(`Bearer ${secret}`);
        expect(everythingOf(error)).not.toContain(secret);
        expect(everythingOf(error)).not.toContain("0123456789+abcdef");
        expect(everythingOf(client)).not.toContain(secret);
      },
      { client: { apiKey: secret } },
    );
  });

  test("when it is short, or in a header of its own", async () => {
    const echo = (request: RecordedRequest): ChatServerReply => ({
      type: "raw",
      status: 403,
      body: { seen: { ...request.headers } },
    });
    await withChatServer(
      echo,
      async (client) => {
        const error = await failureOf(
          client.complete(hello, { headers: { "api-key": "call-key-1" } }),
        );
        for (const hidden of ["sk-1", "gateway-7", "call-key-1"]) {
          expect(everythingOf(error)).not.toContain(hidden);
        }
        expect(everythingOf(error)).toContain("application/json");
      },
      { client: { apiKey: "sk-1", defaultHeaders: { "X-Gateway-Token": "gateway-7" } } },
    );
  });

  test("when it stands in the query of the base URL", async () => {
    const server = await startChatServer({
      respond: () => ({ type: "raw", status: 400, body: {} }),
    });
    const client = new OpenAIClient({ baseURL: `${server.url}?key=${encodeURIComponent(secret)}` });
    const error = await failureOf(client.complete(hello));
    await server.close();
    expect(error).toMatchObject({ url: `${server.url}/chat/completions` });
    expect(everythingOf(error)).not.toContain("0123456789");
    const down = await failureOf(client.complete(hello));
    expect(down).toMatchObject({ code: "MI_CLIENT_CONNECTION" });
    expect(everythingOf(down)).not.toContain("0123456789");
  });

  test("when an error is cut in the middle of it", async () => {
    const half = secret.slice(0, 12);
    const text = `${"x".repeat(490)} ${secret}`;
    await withChatServer(
      { type: "raw", status: 400, body: { error: { message: text } } },
      async (client) => {
        expect(everythingOf(await failureOf(client.complete(hello)))).not.toContain(half);
      },
      { client: { apiKey: secret } },
    );
    await withChatServer(
      { type: "raw", headers: { "content-length": "5000" }, body: `Bearer ${half}` },
      async (client) => {
        const error = await failureOf(client.complete(hello, { timeoutMs: 200 }));
        expect(error).toMatchObject({ code: "MI_CLIENT_TIMEOUT", body: "Bearer [redacted]" });
      },
      { client: { apiKey: secret } },
    );
  });

  test("when fetch itself quotes it", async () => {
    const client = new OpenAIClient({
      apiKey: secret,
      baseURL: "http://127.0.0.1:1",
      fetch: (_, init) => {
        const headers = new Headers(init?.headers);
        return Promise.reject(
          Object.assign(new Error("refused"), { headers: Object.fromEntries(headers) }),
        );
      },
    });
    const error = await failureOf(client.complete(hello));
    expect(error).toMatchObject({ code: "MI_CLIENT_CONNECTION" });
    expect(everythingOf(error)).not.toContain(secret);
  });

  test("nor into an answer that is kept", async () => {
    const respond = (request: RecordedRequest): ChatServerReply => ({
      type: "raw",
      body: { debug: authorization(request), choices: [{ message: { content: "4" } }] },
    });
    await withChatServer(
      respond,
      async (client) => {
        const completion = await client.complete(hello);
        expect(completion.raw).toMatchObject({ debug: "Bearer [redacted]" });
        expect(everythingOf(completion)).not.toContain(secret);
      },
      { client: { apiKey: secret } },
    );
  });
});

test("a placeholder for a key does not damage an answer that holds the same word", async () => {
  await withChatServer(
    { type: "message", content: "The list is EMPTY." },
    async (client) => {
      const completion = await client.complete(hello);
      expect(completion.content).toBe("The list is EMPTY.");
      expect(completion.rawText).toContain("The list is EMPTY.");
    },
    { client: { apiKey: "EMPTY" } },
  );
});
