import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { scriptedResponder } from "@mi/clients/testing";
import { ChatThread, LLMConfig, type CallableTool, type ToolContext } from "@mi/threads";
import {
  addingThread,
  calls,
  dialog,
  only,
  says,
  storages,
  withWorld,
  type World,
} from "./fixtures/world.ts";

function threadWith(...tools: CallableTool[]): ChatThread {
  return new ChatThread({
    llmConfig: new LLMConfig({ client: "openai", model: "gpt-4o", responseFormat: "auto_tools" }),
    tools,
    newMessage: "go",
  });
}

/** A tool `give` that returns a value. */
function giving(world: World, value: unknown, resultFormat?: "json" | "text"): CallableTool {
  const inputSchema = z.object({});
  return world.callables.register({
    name: "give",
    inputSchema,
    resultFormat,
    execute: () => value,
  });
}

describe.each(storages)("a turn with tool calls on %s", (kind) => {
  test("offers the tools, runs the call, and asks again with its result", async () => {
    const script = scriptedResponder([calls(["add", { a: 5, b: 7 }, "c1"]), says("12")]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world);
      const output = only(await world.orchestrator().run([thread]));
      expect(output).toMatchObject({ content: "12", error: null, stoppedBy: "stop" });
      const expected = [
        { role: "user", content: "5+7?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "c1", type: "function", function: { name: "add", arguments: '{"a":5,"b":7}' } },
          ],
        },
        { role: "tool", content: '{"result":12}', tool_call_id: "c1" },
        { role: "assistant", content: "12" },
      ];
      const loaded = await world.registry.getOrThrow(ChatThread, thread.ecsId);
      expect(dialog(loaded)).toEqual(expected);
      const [first, second] = world.server.requests;
      expect(first?.body).toMatchObject({
        tool_choice: "auto",
        tools: [
          {
            type: "function",
            function: {
              name: "add",
              description: "Adds two numbers.",
              parameters: {
                type: "object",
                properties: { a: { type: "number" }, b: { type: "number" } },
                required: ["a", "b"],
              },
            },
          },
        ],
      });
      expect(second?.body).toMatchObject({ messages: expected.slice(0, 3), tool_choice: "auto" });
      script.assertDone();
    });
  });

  test("a tool message names the tool, the call and the message before it", async () => {
    const script = scriptedResponder([calls(["add", { a: 1, b: 2 }, "c1"]), says("3")]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world);
      await world.orchestrator().run([thread]);
      const [, assistant, tool, answer] = thread.history;
      expect(tool).toMatchObject({
        toolName: "add",
        toolType: "Callable",
        toolUuid: thread.tools[0]?.lineageId,
        oaiToolCallId: "c1",
        chatThreadId: thread.lineageId,
        parentMessageUuid: assistant?.lineageId,
      });
      expect(answer?.parentMessageUuid).toBe(tool?.lineageId);
    });
  });

  test.each<[string, unknown, "json" | "text" | undefined, string]>([
    ["a bare value is wrapped", 12, undefined, '{"result":12}'],
    ["a list is wrapped", [1, "b"], "json", '{"result":[1,"b"]}'],
    ["null is wrapped", null, "json", '{"result":null}'],
    ["nothing is a result of null", undefined, "json", '{"result":null}'],
    ["an object is its JSON, in its order", { z: 1, a: [null] }, "json", '{"z":1,"a":[null]}'],
    ["text stays as it is", "Booked.\n No JSON", "text", "Booked.\n No JSON"],
    ["empty text stays empty", "", "text", ""],
    ["text that looks like JSON is not touched", '{ "a" : 1}', "text", '{ "a" : 1}'],
    ["json wraps text too", "x", "json", '{"result":"x"}'],
  ])("a result is stored and sent back exactly: %s", async (_, value, format, content) => {
    const script = scriptedResponder([calls(["give", {}, "c"]), says("ok")]);
    await withWorld(kind, script, async (world) => {
      const thread = threadWith(giving(world, value, format));
      await world.orchestrator().run([thread]);
      const loaded = await world.registry.getOrThrow(ChatThread, thread.ecsId);
      expect(loaded.history[2]?.content).toBe(content);
      expect(world.server.requests[1]?.body).toMatchObject({ messages: [{}, {}, { content }] });
    });
  });

  test("calls of one turn run in parallel, and their results stand in call order", async () => {
    const script = scriptedResponder([
      calls(["slow", { n: 1 }, "same"], ["quick", { n: 2 }, "same"]),
      says("ok"),
    ]);
    await withWorld(kind, script, async (world) => {
      const inputSchema = z.object({ n: z.number() });
      let release: (() => void) | undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const places: number[] = [];
      const slow = world.callables.register({
        name: "slow",
        inputSchema,
        // Ends only because the second call runs meanwhile.
        execute: async ({ n }, { index }) => {
          await released;
          places.push(index);
          return n;
        },
      });
      const quick = world.callables.register({
        name: "quick",
        inputSchema,
        execute: ({ n }, { index }) => {
          places.push(index);
          release?.();
          return n;
        },
      });
      const thread = threadWith(slow, quick);
      await world.orchestrator().run([thread]);
      expect(places).toEqual([1, 0]);
      expect(dialog(thread).slice(2, 4)).toEqual([
        { role: "tool", content: '{"result":1}', tool_call_id: "same" },
        { role: "tool", content: '{"result":2}', tool_call_id: "same" },
      ]);
    });
  });
});

test.each<[string, ReturnType<typeof calls>, RegExp]>([
  ["an unknown tool", calls(["nope", {}]), /tool \\"nope\\" not found.*add/],
  ["arguments that are no JSON", calls(["add", "{a:1"]), /not valid JSON/],
  ["arguments that are no object", calls(["add", "[1]"]), /must be a JSON object/],
  ["arguments that do not fit", calls(["add", { a: "x", b: 2 }]), /arguments\.a: .*number/],
  ["missing arguments", calls(["add", ""]), /arguments\.a/],
])("%s gives an error result, and the loop goes on", async (_, reply, expected) => {
  const script = scriptedResponder([reply, says("I see.")]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    const output = only(await world.orchestrator().run([thread]));
    expect(output).toMatchObject({ content: "I see.", error: null });
    expect(thread.history[2]?.content).toMatch(/^\{"error":"/);
    expect(thread.history[2]?.content).toMatch(expected);
  });
});

test("what a tool throws is told to the model once, and the other calls have their results", async () => {
  const script = scriptedResponder([
    calls(["boom", {}, "a"], ["add", { a: 1, b: 1 }, "b"]),
    says("ok"),
  ]);
  await withWorld("memory", script, async (world) => {
    const boom = world.callables.register({
      name: "boom",
      inputSchema: z.object({}),
      execute: () => Promise.reject(new Error("no seats left")),
    });
    const thread = addingThread(world);
    thread.tools.push(boom);
    await world.orchestrator().run([thread]);
    expect(dialog(thread).slice(2, 4)).toEqual([
      { role: "tool", content: '{"error":"no seats left"}', tool_call_id: "a" },
      { role: "tool", content: '{"result":2}', tool_call_id: "b" },
    ]);
  });
});

test("a result that is no JSON is an error result", async () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (const value of [circle, 1n]) {
    const script = scriptedResponder([calls(["give", {}]), says("ok")]);
    await withWorld("memory", script, async (world) => {
      const thread = threadWith(giving(world, value));
      await world.orchestrator().run([thread]);
      expect(thread.history[2]?.content).toMatch(/^\{"error":"/);
    });
  }
});

test("a registered function that the thread does not offer never runs", async () => {
  const script = scriptedResponder([calls(["secret", {}]), says("ok")]);
  await withWorld("memory", script, async (world) => {
    let ran = 0;
    const inputSchema = z.object({});
    world.callables.register({ name: "secret", inputSchema, execute: () => ran++ });
    const thread = addingThread(world);
    await world.orchestrator().run([thread]);
    expect(ran).toBe(0);
    expect(thread.history[2]?.content).toContain("not found");
  });
});

test("a thread in text format offers no tools and runs none", async () => {
  const script = scriptedResponder([calls(["add", { a: 1, b: 1 }]), says("ok")]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    thread.llmConfig.responseFormat = "text";
    await world.orchestrator().run([thread]);
    expect(world.server.requests[0]?.body).not.toHaveProperty("tools");
    expect(thread.history[2]?.content).toContain("not found");
  });
});

test("a truncated answer never runs tools, and the model is told", async () => {
  const cut = { ...calls(["add", { a: 1, b: 1 }, "c"]), finishReason: "length" } as const;
  const script = scriptedResponder([cut, says("ok")]);
  await withWorld("memory", script, async (world) => {
    let ran = 0;
    const add = world.callables.register({
      name: "add",
      inputSchema: z.object({}),
      execute: () => ran++,
    });
    const thread = threadWith(add);
    const output = only(await world.orchestrator().run([thread]));
    expect(ran).toBe(0);
    expect(thread.history[2]).toMatchObject({ role: "tool", oaiToolCallId: "c" });
    expect(thread.history[2]?.content).toMatch(/"error":"not run.*cut off/);
    expect(output.content).toBe("ok");
  });
});

test("content beside tool calls is kept, and arguments stay the text of the model", async () => {
  const args = ' { "b": 2, "a": 1 } ';
  const reply = {
    type: "message",
    content: "Let me see.",
    toolCalls: [{ id: "c", name: "add", arguments: args }],
  } as const;
  await withWorld("memory", scriptedResponder([reply, says("3")]), async (world) => {
    const thread = addingThread(world);
    await world.orchestrator().run([thread]);
    expect(thread.history[1]).toMatchObject({
      content: "Let me see.",
      toolCalls: [{ id: "c", name: "add", arguments: args }],
    });
    expect(world.server.requests[1]?.bodyText).toContain(JSON.stringify(args));
  });
});

test("auto_tools goes on without a new user message", async () => {
  await withWorld(
    "memory",
    () => says("Still here."),
    async (world) => {
      const thread = addingThread(world, null);
      thread.systemPrompt = null;
      const empty = only(await world.orchestrator().run([thread]));
      expect(empty.error?.code).toBe("MI_CLIENT_INVALID_REQUEST");
      thread.newMessage = "Hi";
      await world.orchestrator().run([thread]);
      const output = only(await world.orchestrator().run([thread]));
      expect(output.content).toBe("Still here.");
      expect(thread.history.map((message) => message.role)).toEqual([
        "user",
        "assistant",
        "assistant",
      ]);
    },
  );
});

test("a function is told its thread, message, call and place, and may change the thread", async () => {
  const script = scriptedResponder([calls(["add", {}, "a"], ["add", {}, "b"]), says("ok")]);
  await withWorld("memory", script, async (world) => {
    const seen: ToolContext[] = [];
    const add = world.callables.register({
      name: "add",
      inputSchema: z.object({}),
      execute: (_, context) => {
        seen.push(context);
        context.thread.name = "renamed by a tool";
      },
    });
    const thread = threadWith(add);
    await world.orchestrator().run([thread]);
    expect(seen.map(({ index, call }) => [index, call.id])).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
    expect(seen.map((context) => context.thread)).toEqual([thread, thread]);
    expect(seen[0]?.message).toBe(thread.history[1]);
    const loaded = await world.registry.getOrThrow(ChatThread, thread.ecsId);
    expect(loaded.name).toBe("renamed by a tool");
  });
});

test("stopWhen ends the loop after the results were appended and stored", async () => {
  const script = scriptedResponder([
    calls(["add", { a: 1, b: 1 }]),
    calls(["add", { a: 2, b: 2 }]),
  ]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    const rounds: [number, number, number][] = [];
    const output = only(
      await world.orchestrator().run([thread], {
        stopWhen: ({ thread: asked, round, answer }) => {
          rounds.push([round, answer.toolCalls.length, asked.history.length]);
          return round === 2;
        },
      }),
    );
    expect(output).toMatchObject({ stoppedBy: "stop_when", error: null });
    expect(output.toolCalls).toHaveLength(1);
    expect(rounds).toEqual([
      [1, 1, 3],
      [2, 1, 5],
    ]);
    const loaded = await world.registry.getOrThrow(ChatThread, thread.ecsId);
    expect(loaded.lastMessage?.content).toBe('{"result":4}');
    script.assertDone();
  });
});

test("maxToolRounds ends the loop with all of its work kept, and a later run goes on", async () => {
  const script = scriptedResponder([
    calls(["add", { a: 1, b: 1 }]),
    calls(["add", { a: 2, b: 2 }]),
    says("enough"),
  ]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    const output = only(await world.orchestrator({ maxToolRounds: 2 }).run([thread]));
    expect(output).toMatchObject({ stoppedBy: "max_tool_rounds", error: null });
    expect(thread.history.map((message) => message.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "tool",
    ]);
    const next = only(await world.orchestrator().run([thread]));
    expect(next.content).toBe("enough");
    expect(thread.history.filter((message) => message.role === "user")).toHaveLength(1);
  });
});

test("a tool from JSON Schema is checked by it", async () => {
  const script = scriptedResponder([
    calls(["book", { seats: 0 }]),
    calls(["book", { seats: 2 }]),
    says("ok"),
  ]);
  await withWorld("memory", script, async (world) => {
    const inputSchema = {
      type: "object",
      properties: { seats: { type: "integer", minimum: 1, format: "seats" } },
      required: ["seats"],
    };
    const book = world.callables.register({
      name: "book",
      inputSchema,
      execute: ({ seats }) => ({ booked: seats }),
    });
    expect(book.inputSchema).toEqual(inputSchema);
    const thread = threadWith(book);
    await world.orchestrator().run([thread]);
    expect(thread.history[2]?.content).toMatch(/error.*arguments\/seats must be >= 1/);
    expect(thread.history[4]?.content).toBe('{"booked":2}');
  });
});
