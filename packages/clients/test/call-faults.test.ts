import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import type { CompleteOptions } from "../src/chat/chat-client.ts";
import { ApiCallError, MiError } from "../src/errors.ts";
import type { JsonValue } from "../src/json.ts";
import { OpenAIClient } from "../src/openai/openai-client.ts";
import type { ChatServerReply } from "../src/testing/chat-server-reply.ts";
import { failureOf, hello, withChatServer } from "./with-chat-server.ts";

async function faultOf(reply: ChatServerReply, options?: CompleteOptions): Promise<ApiCallError> {
  const error = await withChatServer(reply, (client) => failureOf(client.complete(hello, options)));
  if (error instanceof ApiCallError) return error;
  throw error;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 1;
}

describe("an answer of status 200 that is none", () => {
  test.each<[string, JsonValue, JsonValue, RegExp]>([
    ["no choices", '{"choices": []}', { choices: [] }, /choices\[0\] must be an object/],
    ["null", "null", null, /the body must be an object, got null/],
    [
      "HTML",
      "<html>Hello</html>",
      "<html>Hello</html>",
      /the body is not JSON \(application\/json, 18 char/,
    ],
    ["text of JSON", '"hello"', "hello", /the body must be an object, got a string/],
    ["nothing", "", "", /the body is empty/],
    ["broken JSON", '{"choices": [', '{"choices": [', /the body is not JSON/],
  ])("%s is malformed, and the body is kept", async (_, body, kept, message) => {
    const error = await faultOf({ type: "raw", body });
    expect(error).toMatchObject({
      code: "MI_CLIENT_MALFORMED_RESPONSE",
      status: 200,
      retryable: true,
      requestId: "req_1",
      body: kept,
    });
    expect(error.message).toMatch(message);
    expect(error.attempts).toHaveLength(1);
  });

  test("an error object is the provider's error, and its code says whether to try again", async () => {
    const body = { error: { message: "Slow down, try again in 1.5s", code: 429 } };
    expect(await faultOf({ type: "raw", body })).toMatchObject({
      code: "MI_CLIENT_PROVIDER_ERROR",
      status: 200,
      providerCode: "429",
      retryable: true,
      retryAfterMs: 1500,
      body,
    });
  });

  test("status 204 without a body is malformed", async () => {
    const error = await withChatServer({ type: "message", content: "" }, async () => {
      const client = new OpenAIClient({
        baseURL: "http://127.0.0.1:1",
        fetch: () => Promise.resolve(new Response(null, { status: 204 })),
      });
      return failureOf(client.complete(hello));
    });
    expect(error).toMatchObject({ code: "MI_CLIENT_MALFORMED_RESPONSE", status: 204, body: "" });
  });
});

describe("an answer of another status", () => {
  test.each<[number, string | undefined, boolean]>([
    [400, "invalid_value", false],
    [401, "invalid_api_key", false],
    [404, "model_not_found", false],
    [408, undefined, true],
    [409, undefined, true],
    [429, "rate_limit_exceeded", true],
    [429, "insufficient_quota", false],
    [500, "server_error", true],
    [529, "overloaded_error", true],
  ])("%d %s is a status error with its body; to try again: %s", async (status, code, retryable) => {
    const body = { error: { message: "It went wrong", type: "some_type", code: code ?? null } };
    const error = await faultOf({ type: "raw", status, body });
    expect(error).toMatchObject({
      code: "MI_CLIENT_HTTP_STATUS",
      status,
      retryable,
      providerCode: code,
      providerType: "some_type",
      body,
      requestId: "req_1",
      provider: "openai",
    });
    expect(error.message).toMatch(
      new RegExp(
        `openai answered ${status} at http://127.0.0.1:\\d+/v1/chat/completions: It went wrong`,
      ),
    );
    expect(error.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/);
  });

  test("a body that is not JSON is kept as text, shortened where it is logged", async () => {
    const page = `<html>${"x".repeat(10_000)}</html>`;
    const error = await faultOf({ type: "raw", status: 502, body: page });
    expect(error).toMatchObject({ code: "MI_CLIENT_HTTP_STATUS", status: 502, retryable: true });
    expect(error.body).toBe(page);
    expect(JSON.stringify(error).length).toBeLessThan(4_000);
  });

  test("the server's word on trying again counts more than the status", async () => {
    const reply = {
      type: "raw",
      status: 500,
      body: {},
      headers: { "x-should-retry": "false" },
    } as const;
    expect((await faultOf(reply)).retryable).toBe(false);
  });

  test.each<[string, Record<string, string>, string, number | undefined]>([
    ["milliseconds before seconds", { "retry-after-ms": "250.5", "retry-after": "9" }, "", 250.5],
    ["seconds", { "retry-after": "2" }, "", 2000],
    ["a date", { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" }, "", 59_000],
    ["a date in the past", { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, "", 0],
    ["words", {}, "Please try again in 1m2.5s.", 62_500],
    ["words in milliseconds", {}, "Please try again in 634ms.", 634],
    ["nothing", { "retry-after": "soon" }, "Go away.", undefined],
  ])("how long to wait is read from %s", async (_, headers, message, expected) => {
    const body = { error: { message } };
    const error = await withChatServer(
      { type: "raw", status: 429, headers, body },
      (client) => failureOf(client.complete(hello)),
      { client: { clock: { now: () => 1_000 } } },
    );
    expect(error).toMatchObject({ code: "MI_CLIENT_HTTP_STATUS", retryAfterMs: expected });
  });

  test("it is sent once: the SDK does not try again by itself", async () => {
    await withChatServer({ type: "raw", status: 500, body: {} }, async (client, server) => {
      await failureOf(client.complete(hello));
      expect(server.requestCount).toBe(1);
    });
  });

  test("a body that breaks off is still a status error, with what came of it", async () => {
    const error = await faultOf({ type: "fault", fault: "cut_in_body", status: 500 });
    expect(error).toMatchObject({ code: "MI_CLIENT_HTTP_STATUS", status: 500 });
    expect(error.body).toMatch(/^\{"id":"chatcmpl-1"/);
  });
});

describe("a connection that fails", () => {
  test("a server that is down is named with its base URL", async () => {
    const baseURL = `http://127.0.0.1:${await freePort()}/v1`;
    const error = await failureOf(new OpenAIClient({ baseURL }).complete(hello));
    expect(error).toMatchObject({
      code: "MI_CLIENT_CONNECTION",
      retryable: true,
      status: undefined,
      body: undefined,
      message: expect.stringContaining(`Cannot reach openai at ${baseURL}`),
    });
    expect(error).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
  });

  test("a socket cut before the answer is a connection error", async () => {
    expect(await faultOf({ type: "fault", fault: "cut_before_headers" })).toMatchObject({
      code: "MI_CLIENT_CONNECTION",
      retryable: true,
      status: undefined,
    });
  });

  test("a socket cut inside the answer is one too, and keeps what came", async () => {
    const error = await faultOf({ type: "fault", fault: "cut_in_body" });
    expect(error).toMatchObject({
      code: "MI_CLIENT_CONNECTION",
      retryable: true,
      status: 200,
      requestId: "req_1",
    });
    expect(error.body).toMatch(/^\{"id":"chatcmpl-1","object":"chat\.completion"/);
    expect(error.message).toContain("broke while its answer came in");
  });

  test("a fetch that gives up by a limit of its own is a timeout", async () => {
    const cause = Object.assign(new Error("Headers Timeout Error"), {
      code: "UND_ERR_HEADERS_TIMEOUT",
    });
    const client = new OpenAIClient({
      baseURL: "http://127.0.0.1:1",
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    });
    expect(await failureOf(client.complete(hello))).toMatchObject({
      code: "MI_CLIENT_TIMEOUT",
      message: expect.stringContaining("UND_ERR_HEADERS_TIMEOUT"),
    });
  });
});

describe("errors", () => {
  test("are branded, and their JSON has code, message and details", async () => {
    const error = await faultOf({ type: "raw", status: 404, body: { error: { message: "Gone" } } });
    expect(MiError.is(error)).toBe(true);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: "ApiCallError",
      code: "MI_CLIENT_HTTP_STATUS",
      message: expect.stringContaining("Gone"),
      details: { provider: "openai", status: 404, body: { error: { message: "Gone" } } },
    });
  });

  test("a request that makes no sense is refused without a call", async () => {
    await withChatServer({ type: "message" }, async (client, server) => {
      const calls = [
        client.complete({ ...hello, model: "" }),
        client.complete(hello, { timeoutMs: -1 }),
        client.complete(hello, { headers: { "bad name": "x" } }),
      ];
      for (const call of calls) {
        expect(await failureOf(call)).toMatchObject({ code: "MI_CLIENT_INVALID_REQUEST" });
      }
      expect(server.requestCount).toBe(0);
    });
  });
});
