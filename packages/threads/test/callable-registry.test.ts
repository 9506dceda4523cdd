import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { ChatMessage } from "../src/entities/chat-message.ts";
import { ChatThread } from "../src/entities/chat-thread.ts";
import { LLMConfig } from "../src/entities/llm-config.ts";
import { CallableRegistry, type ToolContext } from "../src/tools/callable-registry.ts";

const context: ToolContext = {
  thread: new ChatThread({ llmConfig: new LLMConfig({ client: "openai" }) }),
  message: new ChatMessage({ role: "assistant", content: "" }),
  call: { id: "c", name: "f", arguments: "" },
  index: 0,
  signal: new AbortController().signal,
};

const any = z.object({});

describe("register", () => {
  test("describes the function as a tool", () => {
    const tool = new CallableRegistry().register({
      name: "book",
      description: "Books a seat.",
      inputSchema: z.object({ seat: z.string(), count: z.number().default(1) }),
      resultFormat: "text",
      execute: ({ seat, count }) => `${seat} x ${count}`,
    });
    expect(tool).toEqual({
      name: "book",
      docstring: "Books a seat.",
      inputSchema: {
        type: "object",
        properties: { seat: { type: "string" }, count: { type: "number", default: 1 } },
        required: ["seat"],
      },
      outputSchema: {},
      strictSchema: true,
      callableText: null,
      resultFormat: "text",
    });
  });

  test("refuses a second function of one name, and keeps the first", async () => {
    const callables = new CallableRegistry();
    callables.register({ name: "f", inputSchema: any, execute: () => 1 });
    expect(() => callables.register({ name: "f", inputSchema: any, execute: () => 2 })).toThrow(
      expect.objectContaining({ code: "MI_THREADS_TOOL_DUPLICATE" }),
    );
    expect((await callables.execute("f", "", context)).content).toBe('{"result":1}');
  });

  test.each([
    ["a schema that isn't of an object", z.string()],
    ["a schema that JSON Schema can't say", z.object({ at: z.date() })],
    ["JSON Schema that isn't of an object", { type: "array" }],
    ["JSON Schema that is none", { type: "object", properties: { a: { type: "whole" } } }],
  ])("refuses %s, and adds nothing", (_, inputSchema) => {
    const callables = new CallableRegistry();
    const register = () =>
      inputSchema instanceof z.ZodType
        ? callables.register({ name: "f", inputSchema, execute: () => 1 })
        : callables.register({ name: "f", inputSchema, execute: () => 1 });
    expect(register).toThrow(expect.objectContaining({ code: "MI_THREADS_TOOL_DEFINITION" }));
    expect(() => callables.toolFor("f")).toThrow(
      expect.objectContaining({ code: "MI_THREADS_TOOL_UNKNOWN" }),
    );
  });

  test("takes JSON Schema of several dialects, and one $id twice", async () => {
    const callables = new CallableRegistry();
    const properties = { a: { type: "integer" } };
    const schemas = [
      { type: "object", properties, $id: "https://example.com/s" },
      { type: "object", properties, $id: "https://example.com/s", title: "other" },
      { type: "object", properties, $schema: "http://json-schema.org/draft-07/schema#" },
      { type: "object", properties, $schema: "https://json-schema.org/draft/2020-12/schema" },
    ];
    for (const [i, inputSchema] of schemas.entries()) {
      const name = `f${i}`;
      callables.register({ name, inputSchema, execute: ({ a }) => a });
      expect((await callables.execute(name, '{"a":3}', context)).content).toBe('{"result":3}');
      expect((await callables.execute(name, '{"a":"3"}', context)).isError).toBe(true);
    }
  });

  test("takes a schema without anything: the function has no arguments", async () => {
    const callables = new CallableRegistry();
    const tool = callables.register({ name: "now", inputSchema: {}, execute: () => "noon" });
    expect(tool.inputSchema).toEqual({});
    expect((await callables.execute("now", "", context)).content).toBe('{"result":"noon"}');
  });
});

test("toolFor makes another tool of the same description", () => {
  const callables = new CallableRegistry();
  const tool = callables.register({ name: "f", inputSchema: any, execute: () => 1 });
  const again = callables.toolFor("f");
  expect(again).toEqual(tool);
  expect(again.lineageId).not.toBe(tool.lineageId);
});

describe("execute", () => {
  test("gives the function what the schema made of the arguments", async () => {
    const callables = new CallableRegistry();
    const inputSchema = z.object({ a: z.number().default(7), name: z.string().trim() });
    callables.register({ name: "f", inputSchema, execute: (input) => input });
    const { content } = await callables.execute("f", '{"name":" x ","more":1}', context);
    expect(content).toBe('{"a":7,"name":"x"}');
  });

  test("waits for rules and functions that are async", async () => {
    const callables = new CallableRegistry();
    const seat = z.string().refine((value) => Promise.resolve(value !== "1A"), "is taken");
    const execute = ({ seat: given }: { seat: string }) => Promise.resolve(given);
    callables.register({ name: "f", inputSchema: z.object({ seat }), execute });
    expect(await callables.execute("f", '{"seat":"1A"}', context)).toEqual({
      content: `{"error":"the arguments don't fit: arguments.seat: is taken"}`,
      isError: true,
    });
    expect(await callables.execute("f", '{"seat":"1B"}', context)).toEqual({
      content: '{"result":"1B"}',
      isError: false,
    });
  });

  test("tells of a missing function with those that there are", async () => {
    const callables = new CallableRegistry();
    callables.register({ name: "add", inputSchema: any, execute: () => 1 });
    const { content, isError } = await callables.execute("sub", "{}", context);
    expect(content).toBe('{"error":"tool \\"sub\\" not found. Available: [add]"}');
    expect(isError).toBe(true);
  });

  test.each([
    ["an error", new Error("full"), "full"],
    ["text", "full", "full"],
    ["an error without words", new Error(""), "Error"],
    ["nothing", undefined, "undefined"],
  ])("tells of what a function throws: %s", async (_, thrown: unknown, message) => {
    const callables = new CallableRegistry();
    callables.register({
      name: "f",
      inputSchema: any,
      execute: () => {
        throw thrown;
      },
    });
    const { content } = await callables.execute("f", "{}", context);
    expect(content).toBe(JSON.stringify({ error: message }));
  });

  test("a text function that returns no text is an error, not a guess", async () => {
    const callables = new CallableRegistry();
    callables.register({ name: "f", inputSchema: any, resultFormat: "text", execute: () => 12 });
    const { content, isError } = await callables.execute("f", "{}", context);
    expect([content, isError]).toEqual([expect.stringContaining("returned a number"), true]);
  });
});
