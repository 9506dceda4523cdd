import { describe, expect, test } from "@jest/globals";
import { startChatServer, type ChatServer } from "../src/testing/chat-server.ts";
import type { ChatResponder, ChatServerReply } from "../src/testing/chat-server-reply.ts";
import { failureOf } from "./with-chat-server.ts";

const question = { model: "m-1", messages: [{ role: "user", content: "Hi" }] };

async function withServer<T>(
  reply: ChatServerReply | ChatResponder,
  use: (server: ChatServer) => Promise<T>,
  options: { keepRequests?: number; clock?: { now(): number } } = {},
): Promise<T> {
  const respond = typeof reply === "function" ? reply : () => reply;
  const server = await startChatServer({ ...options, respond });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

function post(url: string, body: unknown = question): Promise<Response> {
  return fetch(url, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("a message reply", () => {
  test("is a whole completion, with the model of the request and the time of the clock", async () => {
    await withServer(
      { type: "message", content: "Hello" },
      async (server) => {
        const response = await post(`${server.url}/chat/completions`);
        expect(response.status).toBe(200);
        expect(response.headers.get("x-request-id")).toBe("req_1");
        expect(await response.json()).toEqual({
          id: "chatcmpl-1",
          object: "chat.completion",
          created: 1234,
          model: "m-1",
          choices: [
            {
              index: 0,
              message: { role: "assistant", content: "Hello", refusal: null },
              logprobs: null,
              finish_reason: "stop",
            },
          ],
          usage: { prompt_tokens: 15, completion_tokens: 14, total_tokens: 29 },
        });
      },
      { clock: { now: () => 1_234_567.8 } },
    );
  });

  test("has tool calls with their text as given, and ids where none are given", async () => {
    const toolCalls = [
      { name: "f", arguments: '{"a": 1}' },
      { id: "mine", name: "g", arguments: "no json" },
    ];
    await withServer({ type: "message", toolCalls, usage: null }, async (server) => {
      const body: unknown = await (await post(`${server.url}/chat/completions`)).json();
      expect(body).toMatchObject({
        choices: [
          {
            finish_reason: "tool_calls",
            message: {
              content: null,
              tool_calls: [
                {
                  id: "call_1_0",
                  type: "function",
                  function: { name: "f", arguments: '{"a": 1}' },
                },
                { id: "mine", type: "function", function: { name: "g", arguments: "no json" } },
              ],
            },
          },
        ],
      });
      expect(body).not.toHaveProperty("usage");
    });
  });

  test("takes a finish reason, a refusal and a usage as they are given", async () => {
    const reply = {
      type: "message",
      refusal: "No.",
      finishReason: "eos",
      usage: { a: 1 },
    } as const;
    await withServer(reply, async (server) => {
      expect(await (await post(`${server.url}/chat/completions`)).json()).toMatchObject({
        choices: [{ finish_reason: "eos", message: { refusal: "No." } }],
        usage: { a: 1 },
      });
    });
  });
});

describe("a raw reply", () => {
  test("goes out with its status, headers and bytes", async () => {
    const reply = {
      type: "raw",
      status: 418,
      headers: { "content-type": "text/plain", "x-a": "b" },
      body: "{",
    } as const;
    await withServer(reply, async (server) => {
      const response = await post(`${server.url}/chat/completions`);
      expect(response.status).toBe(418);
      expect(response.headers.get("content-type")).toBe("text/plain");
      expect(response.headers.get("x-a")).toBe("b");
      expect(await response.text()).toBe("{");
    });
  });
});

describe("what a real server refuses", () => {
  test.each<[string, string, unknown, number]>([
    ["another path", "/embeddings", question, 404],
    ["a body that is no JSON", "/chat/completions", "{", 400],
    ["a body without a model", "/chat/completions", { messages: question.messages }, 400],
    ["a body without messages", "/chat/completions", { model: "m", messages: [] }, 400],
    ["a stream", "/chat/completions", { ...question, stream: true }, 400],
  ])("%s", async (_, path, body, status) => {
    await withServer({ type: "message" }, async (server) => {
      const response = await post(`${server.url}${path}`, body);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
    });
  });

  test("another method", async () => {
    await withServer({ type: "message" }, async (server) => {
      expect((await fetch(`${server.url}/chat/completions`)).status).toBe(405);
    });
  });

  test("but the path may come without /v1", async () => {
    await withServer({ type: "message" }, async ({ port }) => {
      expect((await post(`http://127.0.0.1:${port}/chat/completions`)).status).toBe(200);
    });
  });
});

describe("the server", () => {
  test("records what came, to the byte", async () => {
    const body = `{ "model": "m",\n "messages": [{"role":"user","content":"\u00e9\u20ac\ud83d\ude00"}] }`;
    await withServer(
      { type: "message" },
      async (server) => {
        await post(`${server.url}/chat/completions?x=1`, body);
        expect(server.requests).toEqual([
          expect.objectContaining({
            number: 1,
            path: "/v1/chat/completions",
            bodyText: body,
            body: JSON.parse(body),
            receivedAt: 5.5,
          }),
        ]);
      },
      { clock: { now: () => 5.5 } },
    );
  });

  test.each([
    [0, []],
    [2, [2, 3]],
    [undefined, [1, 2, 3]],
  ])("that keeps %p requests has those left: %j", async (keepRequests, left) => {
    await withServer(
      { type: "message" },
      async (server) => {
        for (let count = 0; count < 3; count++) await post(`${server.url}/chat/completions`);
        expect(server.requests.map(({ number }) => number)).toEqual(left);
        expect(server.requestCount).toBe(3);
      },
      keepRequests === undefined ? {} : { keepRequests },
    );
  });

  test("answers 500 with the reason when its responder throws", async () => {
    const respond = () => Promise.reject(new Error("out of answers"));
    await withServer(respond, async (server) => {
      const response = await post(`${server.url}/chat/completions`);
      expect(response.status).toBe(500);
      expect(await response.text()).toContain("out of answers");
    });
  });

  test("answers 500 with the reason when a reply can't be sent", async () => {
    await withServer({ type: "raw", headers: { "x-a": "b\nc" }, body: {} }, async (server) => {
      const response = await post(`${server.url}/chat/completions`);
      expect(response.status).toBe(500);
      expect(await response.text()).toContain("can't be sent");
    });
  });

  test("delays a reply, and closes without waiting for it", async () => {
    let closing: Promise<void> | undefined;
    const server = await startChatServer({
      respond: () => {
        closing = server.close();
        return { type: "message", delayMs: 3_600_000 };
      },
    });
    await failureOf(post(`${server.url}/chat/completions`));
    await closing;
    await withServer({ type: "message", content: "late", delayMs: 1 }, async ({ url }) => {
      expect(await (await post(`${url}/chat/completions`)).text()).toContain("late");
    });
  });

  test("may be closed twice, and says when its port is taken", async () => {
    await withServer({ type: "message" }, async ({ port }) => {
      const second = startChatServer({ port, respond: () => ({ type: "message" }) });
      expect(await failureOf(second)).toMatchObject({
        code: "MI_CLIENT_TEST_SERVER",
        message: expect.stringContaining(String(port)),
      });
    });
    const server = await startChatServer({ respond: () => ({ type: "message" }) });
    await server.close();
    await server.close();
    await failureOf(post(`${server.url}/chat/completions`));
  });
});
