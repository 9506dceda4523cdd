import { describe, expect, test } from "@jest/globals";
import type { ChatRequest } from "../src/chat/chat-request.ts";
import { OpenAIClient } from "../src/openai/openai-client.ts";
import type { ChatServerReply } from "../src/testing/chat-server-reply.ts";
import { hello, withChatServer } from "./with-chat-server.ts";

const everything: ChatRequest = {
  model: "gpt-4o",
  messages: [
    { role: "system", content: "Be brief. \u00e9\ud83d\ude00 \u0000 \ud800" },
    { role: "user", content: "" },
    {
      role: "assistant",
      content: null,
      toolCalls: [
        { id: "call_1", name: "look_up", arguments: '{ "b": 1,\n"a":2 }' },
        { id: "call_1", name: "look_up", arguments: "" },
      ],
    },
    { role: "tool", content: "", toolCallId: "call_1" },
    { role: "tool", content: "plain text", toolCallId: "call_1" },
    { role: "assistant", content: "" },
    { role: "user", content: "On." },
  ],
  maxTokens: 50,
  temperature: 0,
  tools: [{ name: "look_up", parameters: { type: "object", properties: { z: {}, a: {} } } }],
  toolChoice: { name: "look_up" },
  responseFormat: { type: "json_schema", name: "answer", schema: { type: "object" }, strict: true },
};

describe("complete", () => {
  test("sends exactly the bytes of the encoded request", async () => {
    await withChatServer({ type: "message", content: "Hello" }, async (client, server) => {
      const answer = await client.complete(everything);
      const sent = server.requests[0];
      expect(sent?.path).toBe("/v1/chat/completions");
      expect(sent?.bodyText).toBe(JSON.stringify(client.encodeRequest(everything).body));
      expect(sent?.bodyText).toBe(JSON.stringify(answer.request.body));
      expect(sent?.headers["content-type"]).toBe("application/json");
      expect(sent?.headers["authorization"]).toMatch(/^Bearer sk-test-/);
    });
  });

  test("keeps the raw body verbatim: key order, and in its text what numbers cannot hold", async () => {
    const body =
      '{"zeta":1,"choices":[{"message":{"role":"assistant","content":"Hi","__proto__":{"x":1}},"seed":14836394043272783999}],"alpha":[]}';
    await withChatServer({ type: "raw", body }, async (client) => {
      const answer = await client.complete(hello);
      expect(answer.content).toBe("Hi");
      expect(answer.rawText).toBe(body);
      expect(answer.raw).toEqual(JSON.parse(body));
      expect(JSON.stringify(answer.raw)).toBe(
        body.replace("14836394043272783999", "14836394043272784000"),
      );
    });
  });

  test("gives the answer with its provider, status, request id and times", async () => {
    const times = [1000.25, 1001.5];
    const clock = { now: () => times.shift() ?? 0 };
    await withChatServer(
      { type: "message", content: "Hello", usage: { prompt_tokens: 3, completion_tokens: 2 } },
      async (client) => {
        expect(await client.complete(hello)).toMatchObject({
          provider: "openai",
          content: "Hello",
          finishReason: "stop",
          model: "gpt-4o",
          id: "chatcmpl-1",
          status: 200,
          requestId: "req_1",
          startedAt: 1000.25,
          endedAt: 1001.5,
          attempts: [{ startedAt: 1000.25, endedAt: 1001.5, status: 200, requestId: "req_1" }],
          usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
        });
      },
      { client: { clock } },
    );
  });

  test("decoding the kept raw body again gives the same answer", async () => {
    const reply: ChatServerReply = {
      type: "raw",
      body: {
        choices: [{ message: { tool_calls: [{ function: { name: "f", arguments: "{}" } }] } }],
      },
    };
    await withChatServer(reply, async (client) => {
      const answer = await client.complete(hello);
      const again = client.decodeResponse(answer.raw);
      expect(answer).toMatchObject(again);
      expect(again.toolCalls[0]?.id).toMatch(/^call_[0-9a-f]{24}$/);
    });
  });

  test("sends the headers of the client and, over them, those of the call", async () => {
    await withChatServer(
      { type: "message", content: "Hello" },
      async (client, server) => {
        await client.complete(hello, { headers: { "X-Conversation-Id": "c-7", "x-b": "call" } });
        expect(server.requests[0]?.headers).toMatchObject({
          "x-conversation-id": "c-7",
          "x-a": "client",
          "x-b": "call",
          "openai-organization": "org-1",
        });
      },
      { client: { defaultHeaders: { "x-a": "client", "x-b": "client" }, organization: "org-1" } },
    );
  });

  test("sends the query of the base URL with every request", async () => {
    await withChatServer({ type: "message", content: "Hello" }, async (_, server) => {
      const paths: string[] = [];
      const client = new OpenAIClient({
        apiKey: null,
        baseURL: `${server.url}/?api-version=2024-10-21`,
        fetch: (url, init) => {
          paths.push(new Request(url, init).url);
          return fetch(url, init);
        },
      });
      expect((await client.complete(hello)).content).toBe("Hello");
      expect(paths).toEqual([`${server.url}/chat/completions?api-version=2024-10-21`]);
      expect(client.baseURL).toBe(server.url);
    });
  });
});

describe("the key and the base URL", () => {
  const names = ["OPENAI_API_KEY", "OPENAI_KEY", "OPENAI_BASE_URL"] as const;

  async function withEnvironment(
    values: Partial<Record<(typeof names)[number], string>>,
    use: () => void | Promise<void>,
  ): Promise<void> {
    const before = names.map((name) => [name, process.env[name]] as const);
    const put = (name: string, value: string | undefined) => {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    };
    for (const name of names) put(name, values[name]);
    try {
      await use();
    } finally {
      for (const [name, value] of before) put(name, value);
    }
  }

  async function authorizationOf(options: { apiKey?: string | null }): Promise<string | undefined> {
    return withChatServer({ type: "message", content: "Hello" }, async (_, server) => {
      await new OpenAIClient({ ...options, baseURL: server.url }).complete(hello);
      return server.requests[0]?.headers["authorization"];
    });
  }

  test("no key and no base URL is an error when the client is made", async () => {
    await withEnvironment({}, () => {
      expect(() => new OpenAIClient()).toThrow(
        expect.objectContaining({
          code: "MI_CLIENT_MISSING_KEY",
          message: expect.stringMatching(/OPENAI_API_KEY/),
        }),
      );
    });
  });

  test("with a base URL no key is needed, and none is sent", async () => {
    await withEnvironment({}, async () => {
      expect(await authorizationOf({})).toBeUndefined();
    });
  });

  test("an empty variable counts as not set", async () => {
    await withEnvironment({ OPENAI_API_KEY: " ", OPENAI_BASE_URL: "" }, () => {
      expect(() => new OpenAIClient()).toThrow(
        expect.objectContaining({ code: "MI_CLIENT_MISSING_KEY" }),
      );
    });
  });

  test("the key comes from OPENAI_API_KEY, then OPENAI_KEY, and null sends none", async () => {
    await withEnvironment({ OPENAI_API_KEY: "sk-new\n", OPENAI_KEY: "sk-old" }, async () => {
      expect(await authorizationOf({})).toBe("Bearer sk-new");
      expect(await authorizationOf({ apiKey: "sk-given" })).toBe("Bearer sk-given");
      expect(await authorizationOf({ apiKey: null })).toBeUndefined();
    });
    await withEnvironment({ OPENAI_KEY: "sk-old" }, async () => {
      expect(await authorizationOf({})).toBe("Bearer sk-old");
    });
  });

  test("the base URL comes from OPENAI_BASE_URL unless one is given", async () => {
    await withEnvironment({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1/" }, () => {
      expect(new OpenAIClient().baseURL).toBe("http://127.0.0.1:1/v1");
      expect(new OpenAIClient({ baseURL: "http://127.0.0.1:2" }).baseURL).toBe(
        "http://127.0.0.1:2",
      );
    });
    await withEnvironment({ OPENAI_API_KEY: "sk-x" }, () => {
      expect(new OpenAIClient().baseURL).toBe("https://api.openai.com/v1");
    });
  });

  test.each([
    ["no URL", { baseURL: "not a url sk-hidden" }, /absolute http/],
    ["another scheme", { baseURL: "ftp://sk-hidden" }, /absolute http/],
    ["a password", { baseURL: "http://me:sk-hidden@host.test/v1" }, /host\.test/],
    [
      "a key with a line break inside",
      { apiKey: "sk-hid\nden", baseURL: "http://a.test" },
      /API key/,
    ],
    ["a key outside ASCII", { apiKey: "sk-hidden\u2026", baseURL: "http://a.test" }, /API key/],
    [
      "a header that cannot be sent",
      { apiKey: "k", defaultHeaders: { "x-token": "sk-hidden\n1" } },
      /x-token/,
    ],
    ["a timeout of nothing", { apiKey: "k", timeoutMs: 0 }, /timeoutMs/],
    ["a timeout that no timer holds", { apiKey: "k", timeoutMs: 2 ** 31 }, /timeoutMs/],
  ])("%s is refused when the client is made, without showing a key", (_, options, message) => {
    const making = () => new OpenAIClient(options);
    expect(making).toThrow(expect.objectContaining({ code: "MI_CLIENT_CONFIGURATION" }));
    expect(making).toThrow(message);
    expect(making).not.toThrow(/sk-hid/);
  });
});
