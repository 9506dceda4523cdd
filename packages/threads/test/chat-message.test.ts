import { describe, expect, test } from "@jest/globals";
import { ChatMessage } from "../src/entities/chat-message.ts";

const call = { id: "c1", name: "add", arguments: '{"a":1}' };

describe("a message", () => {
  test("is a root unless it names the message before it", () => {
    const root = new ChatMessage({ role: "user", content: "Hi" });
    const next = new ChatMessage({
      role: "assistant",
      content: "Hello",
      parentMessageUuid: root.lineageId,
    });
    expect([root.isConversationRoot, next.isConversationRoot]).toEqual([true, false]);
  });

  test("has the time at which it was made", () => {
    const before = Date.now();
    const { timestamp } = new ChatMessage({ role: "user", content: "" });
    expect(timestamp.getTime()).toBeGreaterThanOrEqual(before);
  });

  test.each([
    ["null content of a user message", { role: "user", content: null }, "content"],
    ["null content without tool calls", { role: "assistant", content: null }, "content"],
    ["tool calls of a user message", { role: "user", content: "", toolCalls: [call] }, "toolCalls"],
    ["a result without its call", { role: "tool", content: "x" }, "oaiToolCallId"],
  ] satisfies [string, ConstructorParameters<typeof ChatMessage>[0], string][])(
    "is refused: %s",
    (_, fields, path) => {
      expect(() => new ChatMessage(fields)).toThrow(
        expect.objectContaining({
          code: "MI_ENTITY_INVALID",
          message: expect.stringContaining(path),
        }),
      );
    },
  );
});

describe("toDict", () => {
  test.each([
    [{ role: "user", content: "" }],
    [{ role: "system", content: "Be short." }],
    [{ role: "assistant", content: "Hi" }],
  ] as const)("is role and content: %j", (fields) => {
    expect(new ChatMessage(fields).toDict()).toEqual(fields);
  });

  test("has the calls of an assistant message, arguments as they came", () => {
    const message = new ChatMessage({ role: "assistant", content: null, toolCalls: [call, call] });
    const wire = {
      id: "c1",
      type: "function",
      function: { name: "add", arguments: '{"a":1}' },
    };
    expect(message.toDict()).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [wire, wire],
    });
  });

  test("names the call that a tool message answers", () => {
    const message = new ChatMessage({ role: "tool", content: "", oaiToolCallId: "c1" });
    expect(message.toDict()).toEqual({ role: "tool", content: "", tool_call_id: "c1" });
  });
});
