import { expect, test } from "@jest/globals";
import { CallableTool } from "../src/entities/callable-tool.ts";
import { ChatMessage } from "../src/entities/chat-message.ts";
import { ChatThread } from "../src/entities/chat-thread.ts";
import { LLMConfig } from "../src/entities/llm-config.ts";
import { SystemPrompt } from "../src/entities/system-prompt.ts";
import { Tool } from "../src/entities/tool.ts";
import { chatRequest } from "../src/request/chat-request.ts";

function threadWithTools(): ChatThread {
  return new ChatThread({
    systemPrompt: new SystemPrompt({ name: "s", content: "Be short." }),
    llmConfig: new LLMConfig({ client: "openai", model: "m", responseFormat: "auto_tools" }),
    history: [new ChatMessage({ role: "user", content: "Hi" })],
    newMessage: "not sent yet",
    tools: [
      new CallableTool({ name: "b", docstring: "Does b.", inputSchema: { type: "object", x: 1 } }),
      new CallableTool({ name: "a" }),
    ],
  });
}

test("a request has settings, messages and tools, in their order; the pending message is not in it", () => {
  expect(chatRequest(threadWithTools())).toEqual({
    model: "m",
    messages: [
      { role: "system", content: "Be short." },
      { role: "user", content: "Hi" },
    ],
    maxTokens: 400,
    temperature: 0,
    tools: [
      { name: "b", description: "Does b.", parameters: { type: "object", x: 1 } },
      {
        name: "a",
        description: "Execute a function",
        parameters: { type: "object", properties: {} },
      },
    ],
    toolChoice: "auto",
  });
});

test("without tools there is no choice of tools", () => {
  const thread = threadWithTools();
  thread.tools = [];
  expect(chatRequest(thread)).not.toHaveProperty("toolChoice");
});

test("building a request changes nothing, and gives the same request again", () => {
  const thread = threadWithTools();
  const before = JSON.stringify(thread);
  const requests = [chatRequest(thread), chatRequest(thread)].map((made) => JSON.stringify(made));
  expect(requests[0]).toBe(requests[1]);
  expect(JSON.stringify(thread)).toBe(before);
});

test("later changes of the thread don't reach a request that was made", () => {
  const thread = threadWithTools();
  const request = chatRequest(thread);
  const before = JSON.stringify(request);
  const [tool] = thread.tools;
  if (tool instanceof CallableTool) Reflect.set(tool.inputSchema, "x", 2);
  thread.history.push(new ChatMessage({ role: "user", content: "more" }));
  expect(JSON.stringify(request)).toBe(before);
  expect(JSON.stringify(chatRequest(thread))).not.toBe(before);
});

test.each(["json_beg", "json_object", "structured_output", "tool", "workflow"] as const)(
  "%s can't be sent yet, and says so",
  (responseFormat) => {
    const thread = threadWithTools();
    thread.llmConfig.responseFormat = responseFormat;
    expect(() => chatRequest(thread)).toThrow(
      expect.objectContaining({ code: "MI_THREADS_FORMAT_UNSUPPORTED" }),
    );
  },
);

test("a tool that nothing is known of can't be offered", () => {
  const thread = threadWithTools();
  thread.tools.push(new Tool({ name: "bare" }));
  expect(() => chatRequest(thread)).toThrow(
    expect.objectContaining({ code: "MI_THREADS_TOOL_UNSUPPORTED" }),
  );
});
