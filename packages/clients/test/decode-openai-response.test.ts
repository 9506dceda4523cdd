import { describe, expect, test } from "@jest/globals";
import { ApiCallError } from "../src/errors.ts";
import type { JsonObject, JsonValue } from "../src/json.ts";
import { OpenAIClient } from "../src/openai/openai-client.ts";

const client = new OpenAIClient({ apiKey: "sk-none", baseURL: "http://127.0.0.1:1/v1" });

function decoded(message: JsonObject, finishReason: JsonValue = "stop", more: JsonObject = {}) {
  return client.decodeResponse({
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, message, finish_reason: finishReason }],
    ...more,
  });
}

function call(more: JsonObject = {}, part: JsonObject = {}): JsonObject {
  const definition = { name: "f", arguments: "{}", ...part };
  return { id: "c1", type: "function", function: definition, ...more };
}

function faultOf(raw: JsonValue): ApiCallError {
  try {
    client.decodeResponse(raw, { status: 200, requestId: "req_9", url: "http://h.test/v1?key=k1" });
  } catch (error) {
    if (error instanceof ApiCallError) return error;
    throw error;
  }
  throw new Error("It should have failed");
}

describe("content", () => {
  test.each<[JsonValue, string | null]>([
    [null, null],
    ["", ""],
    ["Hi", "Hi"],
    [
      [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      "ab",
    ],
    [[{ type: "thinking", thinking: "hm" }], null],
    [[], null],
  ])("%j is read as %j", (content, expected) => {
    expect(decoded({ role: "assistant", content }).content).toBe(expected);
  });

  test("a message without the field has none", () => {
    expect(decoded({ role: "assistant" }).content).toBeNull();
  });

  test("think tags stay where they are: the text is never rewritten", () => {
    const content = "<think>hm</think>\n4";
    expect(decoded({ content })).toMatchObject({ content, reasoning: undefined });
  });
});

describe("reasoning and refusal", () => {
  test.each<[string, JsonObject]>([
    ["reasoning_content", { content: "4", reasoning_content: "hm", reasoning: null }],
    ["reasoning", { content: "4", reasoning: "hm", reasoning_details: [{ text: "other" }] }],
    [
      "reasoning_details",
      { content: "4", reasoning_details: [{ text: "h" }, { summary: "m" }, { data: "x" }] },
    ],
    [
      "a thinking part",
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
          { type: "text", text: "4" },
        ],
      },
    ],
  ])("reasoning is read from %s", (_, message) => {
    expect(decoded(message)).toMatchObject({ content: "4", reasoning: "hm" });
  });

  test("a refusal is no stop; an empty one is none", () => {
    expect(decoded({ content: null, refusal: "No." })).toMatchObject({
      refusal: "No.",
      finishReason: "refusal",
      rawFinishReason: "stop",
    });
    expect(decoded({ content: "4", refusal: "" })).toMatchObject({
      refusal: undefined,
      finishReason: "stop",
    });
  });
});

describe("tool calls", () => {
  test("several are kept with content, in order, each with its own id and text", () => {
    const calls = [call({ id: "a" }, { arguments: '{"x": 1 }' }), call({ id: "b" }, { name: "g" })];
    expect(decoded({ content: "Wait.", tool_calls: calls }, "tool_calls")).toMatchObject({
      content: "Wait.",
      toolCalls: [
        { id: "a", name: "f", arguments: '{"x": 1 }' },
        { id: "b", name: "g", arguments: "{}" },
      ],
      finishReason: "tool_calls",
    });
  });

  test.each<[JsonValue | undefined, string]>([
    ["", ""],
    ["not json", "not json"],
    [null, "{}"],
    [undefined, "{}"],
    [{ b: 1, a: [2] }, '{"b":1,"a":[2]}'],
  ])("arguments %j are read as the text %j", (value, expected) => {
    const part: JsonObject = value === undefined ? { name: "f" } : { name: "f", arguments: value };
    const answer = decoded({ tool_calls: [{ id: "c", function: part }] });
    expect(answer.toolCalls[0]?.arguments).toBe(expected);
  });

  test.each<[string, JsonObject]>([
    ["is absent", { type: "function", function: { name: "f", arguments: "{}" } }],
    ["is empty", call({ id: "" })],
    ["is null", call({ id: null })],
  ])("an id that %s is made from the answer, the same every time", (_, given) => {
    const message = { tool_calls: [given, given] };
    const ids = decoded(message).toolCalls.map(({ id }) => id);
    expect(ids).toEqual(decoded(message).toolCalls.map(({ id }) => id));
    expect(new Set(ids).size).toBe(2);
    expect(decoded(message, "stop", { id: "chatcmpl-2" }).toolCalls[0]?.id).not.toBe(ids[0]);
  });

  test("the old function_call becomes one call, and an empty one none", () => {
    const old = decoded(
      { content: null, function_call: { name: "f", arguments: "{}" } },
      "function_call",
    );
    expect(old).toMatchObject({ toolCalls: [{ name: "f" }], finishReason: "tool_calls" });
    const none = decoded({ content: "4", function_call: { name: "", arguments: "" } });
    expect(none).toMatchObject({ toolCalls: [], finishReason: "stop" });
  });

  test("a custom call has its input as text, and an empty custom part beside a function is ignored", () => {
    const custom = { id: "a", type: "custom", custom: { name: "sql", input: "SELECT 1" } };
    const both = call({ custom: { name: "", input: "" } });
    expect(decoded({ tool_calls: [custom, both] }).toolCalls).toEqual([
      { id: "a", name: "sql", arguments: "SELECT 1" },
      { id: "c1", name: "f", arguments: "{}" },
    ]);
  });
});

describe("why it stopped", () => {
  test.each<[JsonValue, JsonObject, string]>([
    ["stop", { content: "4" }, "stop"],
    ["", { content: "4" }, "stop"],
    [null, { content: "4" }, "stop"],
    ["eos", { content: "4" }, "stop"],
    ["tool_calls", { content: "4", tool_calls: [] }, "stop"],
    ["stop", { content: null, tool_calls: [call()] }, "tool_calls"],
    ["", { content: null, tool_calls: [call()] }, "tool_calls"],
    ["length", { content: "4" }, "length"],
    ["length", { content: null, tool_calls: [call()] }, "length"],
    ["content_filter", { content: "4" }, "content_filter"],
  ])("finish_reason %j with %j is %s", (raw, message, expected) => {
    const answer = decoded(message, raw);
    expect(answer.finishReason).toBe(expected);
    expect(answer.rawFinishReason).toBe(raw === "" || raw === null ? undefined : raw);
  });
});

describe("usage", () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      "OpenAI",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      {
        inputTokens: 10,
        outputTokens: 5,
        totalTokens: 15,
        cacheReadTokens: 4,
        cacheWriteTokens: 2,
        reasoningTokens: 3,
      },
    ],
    ["DeepSeek", { prompt_tokens: 10, prompt_cache_hit_tokens: 6 }, { cacheReadTokens: 6 }],
    ["Mistral", { num_cached_tokens: 7, prompt_tokens_details: null }, { cacheReadTokens: 7 }],
    ["OpenRouter", { cost: 0.25 }, { cost: 0.25 }],
    ["only two numbers", { prompt_tokens: 1, completion_tokens: 2 }, { totalTokens: 3 }],
  ])("of %s has one form, and its own beside it", (_, usage, expected) => {
    const answer = decoded({ content: "4" }, "stop", { usage });
    expect(answer.usage).toMatchObject(expected);
    expect(answer.usage?.raw).toEqual(usage);
  });

  test("what is not said is unknown, not 0", () => {
    const answer = decoded({ content: "4" }, "stop", { usage: { prompt_tokens: 10 } });
    expect(answer.usage).toMatchObject({
      inputTokens: 10,
      outputTokens: undefined,
      totalTokens: undefined,
      cacheReadTokens: undefined,
      reasoningTokens: undefined,
      cost: undefined,
    });
    expect(decoded({ content: "4" }).usage).toBeUndefined();
    expect(decoded({ content: "4" }, "stop", { usage: null }).usage).toBeUndefined();
  });
});

describe("a body that holds no answer", () => {
  test.each<[string, JsonValue]>([
    ["the body must be an object, got null", null],
    ["the body must be an object, got a string", "hello"],
    ["the body must be an object, got a list", []],
    ["choices must be a list, got nothing", { object: "chat.completion", error: null }],
    ["choices[0] must be an object, got nothing", { choices: [] }],
    ["choices[0] must be an object, got null", { choices: [null] }],
    ["choices[0].message must be an object, got nothing", { choices: [{ text: "old" }] }],
    [
      "choices[0].message.content must be text, null or a list of parts, got a number",
      { choices: [{ message: { content: 4 } }] },
    ],
    [
      "choices[0].message.tool_calls must be a list, got an object",
      { choices: [{ message: { tool_calls: {} } }] },
    ],
    [
      "choices[0].message.tool_calls[0] must be an object, got null",
      { choices: [{ message: { tool_calls: [null] } }] },
    ],
    [
      "tool_calls[1].function must be an object, got nothing",
      { choices: [{ message: { tool_calls: [call(), { id: "a" }] } }] },
    ],
    [
      "tool_calls[0].function.name must be text, got nothing",
      { choices: [{ message: { tool_calls: [{ function: {} }] } }] },
    ],
  ])("is malformed: %s", (problem, raw) => {
    const error = faultOf(raw);
    expect(error).toMatchObject({
      code: "MI_CLIENT_MALFORMED_RESPONSE",
      provider: "openai",
      status: 200,
      requestId: "req_9",
      url: "http://h.test/v1",
      retryable: true,
    });
    expect(error.message).toContain(problem);
    expect(error.body).toEqual(raw);
  });

  test.each<[JsonValue, string, string | undefined, boolean]>([
    [{ error: { message: "Rate limited", code: 429 } }, "Rate limited", "429", true],
    [
      { error: { message: "No quota", code: "insufficient_quota", type: "rate_limit_error" } },
      "No quota",
      "insufficient_quota",
      false,
    ],
    [{ error: "Something broke" }, "Something broke", undefined, false],
    [{ error: { message: "Busy", code: 503 }, choices: [] }, "Busy", "503", true],
    [{ object: "error", message: "Bad model", code: 400 }, "Bad model", "400", false],
    [[{ error: { message: "In a list" } }], "In a list", undefined, false],
    [{ detail: "Not allowed" }, "Not allowed", undefined, false],
    [
      { choices: [{ error: { message: "Upstream", code: 502 }, message: { content: "par" } }] },
      "Upstream",
      "502",
      true,
    ],
    [
      { choices: [{ finish_reason: "error", message: { content: "par" } }] },
      "broke off",
      undefined,
      false,
    ],
  ])("is the provider's error: %j", (raw, message, providerCode, retryable) => {
    const error = faultOf(raw);
    expect(error).toMatchObject({ code: "MI_CLIENT_PROVIDER_ERROR", providerCode, retryable });
    expect(error.message).toContain(message);
    expect(error.body).toEqual(raw);
  });

  test("what a gateway's provider said is part of the message", () => {
    const metadata = { raw: "rate-limited upstream", provider_name: "Google" };
    const error = faultOf({ error: { code: 429, message: "Provider returned error", metadata } });
    expect(error.message).toContain("Provider returned error: rate-limited upstream");
  });

  test("a kept body of another status fails as it did when it came", () => {
    const kept = { error: { message: "Slow down", code: "rate_limit_exceeded" } };
    expect(() => client.decodeResponse(kept, { status: 429 })).toThrow(
      expect.objectContaining({ code: "MI_CLIENT_HTTP_STATUS", status: 429, retryable: true }),
    );
  });

  test("an error field that is null or empty beside an answer is no error", () => {
    const choices = [{ message: { content: "4" }, error: null }];
    expect(client.decodeResponse({ choices, error: {} }).content).toBe("4");
  });
});
