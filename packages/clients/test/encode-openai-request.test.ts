import { describe, expect, test } from "@jest/globals";
import type { ChatRequest } from "../src/chat/chat-request.ts";
import { encodeOpenAIRequest } from "../src/openai/encode-openai-request.ts";
import { hello } from "./with-chat-server.ts";

const tool = {
  name: "look_up",
  description: "Looks up",
  parameters: { type: "object" },
  strict: true,
};

function encoded(request: Partial<ChatRequest>): string {
  return JSON.stringify(encodeOpenAIRequest({ ...hello, ...request }).body);
}

function bodyOf(request: Partial<ChatRequest>): unknown {
  return encodeOpenAIRequest({ ...hello, ...request }).body;
}

describe("the wire form", () => {
  test("keys come in one order, whatever the order of the request", () => {
    const request: ChatRequest = {
      temperature: 0.5,
      toolChoice: "auto",
      tools: [tool],
      responseFormat: { type: "json_object" },
      maxTokens: 9,
      messages: [{ content: "Hi", role: "user" }],
      model: "m",
    };
    expect(encoded(request)).toBe(
      '{"model":"m","messages":[{"role":"user","content":"Hi"}],' +
        '"tools":[{"type":"function","function":{"name":"look_up","description":"Looks up","parameters":{"type":"object"},"strict":true}}],' +
        '"tool_choice":"auto","response_format":{"type":"json_object"},"max_tokens":9,"temperature":0.5}',
    );
  });

  test("each kind of message has its form, and a null content stays null", () => {
    const messages: ChatRequest["messages"] = [
      { role: "developer", content: "D" },
      {
        role: "assistant",
        content: null,
        toolCalls: [{ arguments: '{"a": 1}', name: "f", id: "c1" }],
      },
      { role: "tool", content: "", toolCallId: "c1" },
      { role: "assistant", content: "", toolCalls: [] },
      { role: "assistant", content: null },
    ];
    expect(encoded({ messages })).toBe(
      '{"model":"gpt-4o","messages":[{"role":"developer","content":"D"},' +
        '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1}"}}]},' +
        '{"role":"tool","tool_call_id":"c1","content":""},' +
        '{"role":"assistant","content":""},{"role":"assistant","content":null}]}',
    );
  });

  test("reasoning sends max_completion_tokens and reasoning_effort, and no temperature", () => {
    expect(bodyOf({ maxTokens: 9, temperature: 1, reasoning: { effort: "high" } })).toEqual({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
      max_completion_tokens: 9,
      reasoning_effort: "high",
    });
  });

  test("a named tool is forced by its name, and a schema is sent as it is", () => {
    const schema = { type: "object", properties: { z: {}, a: {} }, required: ["z"] };
    expect(
      bodyOf({
        tools: [tool],
        toolChoice: { name: "look_up" },
        responseFormat: {
          type: "json_schema",
          name: "answer",
          description: "An answer",
          schema,
          strict: false,
        },
      }),
    ).toMatchObject({
      tool_choice: { type: "function", function: { name: "look_up" } },
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", description: "An answer", schema, strict: false },
      },
    });
  });

  test("an empty list of tools and its choice are left out, which OpenAI would refuse", () => {
    expect(bodyOf({ tools: [], toolChoice: "auto" })).toEqual({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
    });
  });
});

describe("a request that makes no sense is refused before it is sent, naming the field", () => {
  test.each<[string, object]>([
    ["model", { model: "" }],
    ["messages", { messages: [] }],
    ["messages", { messages: "Hi" }],
    [
      "messages[1].role",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "robot", content: "b" },
        ],
      },
    ],
    ["messages[0].content", { messages: [{ role: "user", content: null }] }],
    ["messages[0].toolCallId", { messages: [{ role: "tool", content: "x" }] }],
    [
      "messages[0].toolCalls[0].arguments",
      {
        messages: [
          { role: "assistant", content: null, toolCalls: [{ id: "a", name: "f", arguments: {} }] },
        ],
      },
    ],
    [
      "messages[0].tool_call_id",
      { messages: [{ role: "tool", content: "", toolCallId: "a", tool_call_id: "a" }] },
    ],
    ["maxTokens", { maxTokens: 0 }],
    ["maxTokens", { maxTokens: 1.5 }],
    ["temperature", { temperature: Number.NaN }],
    ["max_tokens", { max_tokens: 10 }],
    ["tools[0].parameters", { tools: [{ name: "f" }] }],
    ["tools[0].name", { tools: [{ name: "", parameters: {} }] }],
    ["toolChoice", { toolChoice: "required" }],
    ["toolChoice", { toolChoice: "any" }],
    ["toolChoice.name", { tools: [tool], toolChoice: { name: "other" } }],
    ["responseFormat.schema", { responseFormat: { type: "json_schema", name: "a" } }],
    ["responseFormat.type", { responseFormat: { type: "xml" } }],
    ["reasoning.effort", { reasoning: { effort: "extreme" } }],
  ])("%s", (field, request) => {
    expect(() => bodyOf(request)).toThrow(
      expect.objectContaining({
        code: "MI_CLIENT_INVALID_REQUEST",
        message: expect.stringContaining(field),
        details: expect.objectContaining({ field }),
      }),
    );
  });

  test("a field that is undefined counts as absent", () => {
    expect(bodyOf({ maxTokens: undefined, tools: undefined, responseFormat: undefined })).toEqual(
      bodyOf({}),
    );
  });
});

test("a message may be an object of a class, with getters", () => {
  class Question {
    get role() {
      return "user" as const;
    }
    get content() {
      return "Hi";
    }
  }
  expect(encoded({ messages: [new Question()] })).toBe(encoded({}));
});
