import { describe, expect, test } from "@jest/globals";
import { CallableTool } from "../src/entities/callable-tool.ts";
import { ChatThread } from "../src/entities/chat-thread.ts";
import { LLMConfig } from "../src/entities/llm-config.ts";
import type { ResponseFormat } from "../src/entities/response-format.ts";

function newThread(responseFormat: ResponseFormat = "text"): ChatThread {
  return new ChatThread({ llmConfig: new LLMConfig({ client: "openai", responseFormat }) });
}

test("a thread needs its settings, and has defaults for the rest", () => {
  // @ts-expect-error llmConfig is required
  expect(() => new ChatThread({})).toThrow(/llmConfig/);
  expect(newThread()).toEqual({
    llmConfig: new LLMConfig({ client: "openai" }),
    name: null,
    systemPrompt: null,
    history: [],
    newMessage: null,
    prefill: "Here's the valid JSON object response:```json",
    postfill: "\n\nPlease provide your response in JSON format.",
    useSchemaInstruction: false,
    useHistory: true,
    forcedOutput: null,
    tools: [],
    workflowStep: null,
  });
});

describe("addUserMessage", () => {
  test("moves the new message to the end of the history, after the message before it", () => {
    const thread = newThread();
    thread.newMessage = "one";
    const first = thread.addUserMessage(new Date(5));
    thread.newMessage = "";
    const second = thread.addUserMessage();
    expect(thread.newMessage).toBeNull();
    expect(thread.history).toEqual([first, second]);
    expect(first).toMatchObject({ role: "user", content: "one", timestamp: new Date(5) });
    expect(second).toMatchObject({
      content: "",
      chatThreadId: thread.lineageId,
      parentMessageUuid: first?.lineageId,
    });
  });

  test.each(["text", "json_object", "tool"] as const)("needs a text in format %s", (format) => {
    const thread = newThread(format);
    expect(() => thread.addUserMessage()).toThrow(
      expect.objectContaining({ code: "MI_THREADS_NO_MESSAGE" }),
    );
    expect(thread.history).toHaveLength(0);
  });

  test.each(["auto_tools", "workflow"] as const)("adds nothing without a text in %s", (format) => {
    const thread = newThread(format);
    expect(thread.addUserMessage()).toBeUndefined();
    expect(thread.history).toHaveLength(0);
  });
});

test("a tool is found by name in tools, then as the forced output", () => {
  const thread = newThread();
  const [a, b, other] = ["a", "b", "b"].map((name) => new CallableTool({ name }));
  if (a === undefined || b === undefined || other === undefined) throw new Error("three tools");
  thread.tools.push(a);
  thread.forcedOutput = b;
  expect([thread.getToolByName("a"), thread.getToolByName("b")]).toEqual([a, b]);
  thread.tools.push(other);
  expect(thread.getToolByName("b")).toBe(other);
  expect(thread.getToolByName("c")).toBeUndefined();
});
