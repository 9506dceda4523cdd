import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { UsageError } from "../src/cli/usage-error.ts";
import { readConversations, type Input } from "../src/input/read-conversations.ts";
import { newFolder } from "./demo-process.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
});

afterAll(() => folder.remove());

async function read(content: string | Uint8Array): Promise<Input> {
  const file = join(folder.path, "input.jsonl");
  await writeFile(file, content);
  return readConversations(file);
}

/** The message of the error, from the place in the file on. */
async function refusal(content: string | Uint8Array): Promise<string> {
  const error: unknown = await read(content).catch((thrown: unknown) => thrown);
  if (!(error instanceof UsageError)) throw new Error("it was not refused", { cause: error });
  return error.message.replace(/^.*input\.jsonl,? ?/, "");
}

const line = (...messages: readonly object[]): string => JSON.stringify({ messages });
const user = { role: "user", content: "Hi" };
const call = (id: string, name = "f", text = "{}") => ({
  id,
  type: "function",
  function: { name, arguments: text },
});
const calling = (...calls: readonly object[]) => ({
  role: "assistant",
  content: null,
  tool_calls: calls,
});
const result = (id: string, content = "", more: object = {}) => ({
  role: "tool",
  tool_call_id: id,
  content,
  ...more,
});

describe("what a line says is kept as it is", () => {
  test("null and empty contents stay apart, arguments stay verbatim, call ids may recur", async () => {
    const text = '{ "a" : 1.0,\n"b":"é" }';
    const { conversations } = await read(
      line(
        user,
        calling(call("c", "f", text)),
        result("c"),
        { ...calling(call("c", "g", "not JSON")), content: "" },
        result("c", "plain", { name: "g" }),
        { role: "assistant", content: "" },
      ),
    );
    expect(conversations[0]?.messages).toEqual([
      { role: "user", content: "Hi", toolCalls: [], toolCallId: null },
      {
        role: "assistant",
        content: null,
        toolCalls: [{ id: "c", name: "f", arguments: text }],
        toolCallId: null,
      },
      { role: "tool", content: "", toolCalls: [], toolCallId: "c" },
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "c", name: "g", arguments: "not JSON" }],
        toolCallId: null,
      },
      { role: "tool", content: "plain", toolCalls: [], toolCallId: "c" },
      { role: "assistant", content: "", toolCalls: [], toolCallId: null },
    ]);
  });

  test("a conversation goes by its id, else by the number of its line; empty lines count", async () => {
    const { conversations } = await read(
      `\uFEFF${line(user)}\r\n\n${JSON.stringify({ id: 42, messages: [user] })}\n${line(user)}`,
    );
    expect(conversations.map(({ name, line: at }) => [name, at])).toEqual([
      ["1", 1],
      ["42", 3],
      ["4", 4],
    ]);
  });

  test("tools are those of the line, else one for each name that is called", async () => {
    const parameters = { type: "object", properties: { x: { type: "string" } } };
    const messages = [user, calling(call("1", "b"), call("2", "a"), call("3", "b"))];
    const results = ["1", "2", "3"].map((id) => result(id));
    const tools = ["a", "b", "c"].map((name) => ({
      type: "function",
      function: { name, parameters },
    }));
    const { conversations } = await read(
      `${line(...messages, ...results)}\n${JSON.stringify({ tools, messages: [...messages, ...results] })}`,
    );
    const [made, named] = conversations;
    expect(made?.tools.map(({ name }) => name)).toEqual(["b", "a"]);
    expect(named?.tools.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(named?.tools[0]?.parameters).toEqual(parameters);
  });

  test("equal conversations have equal hashes, whatever is left out or in another order", async () => {
    const { conversations } = await read(
      [
        line(user, { role: "assistant", content: "Ho" }),
        `{"messages":[{"content":"Hi","role":"user","weight":1},{"role":"assistant","tool_calls":null,"content":"Ho"}]}`,
        line(user, { role: "assistant", content: "Ho!" }),
      ].join("\n"),
    );
    const [a, b, c] = conversations.map(({ transcriptHash }) => transcriptHash);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe("a bad file is refused with the first fault and its place", () => {
  const faults: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["a line that isn't JSON", `${line(user)}\n{"messages"`, "line 2: not JSON"],
    ["a line that is no object", "[]", "line 1: the line: must be an object"],
    ["a line without messages", "{}", "line 1: messages: must be a list of messages"],
    ["an empty conversation", '{"messages":[]}', "line 1: messages: must not be empty"],
    ["nothing at all", "\n\n", "holds no conversation"],
    ["text that isn't UTF-8", Uint8Array.of(0x22, 0xff), "is not UTF-8 text"],
    ["an unknown role", line(user, { role: "robot" }), 'messages[1].role: "robot" is unknown'],
    ["no role", line({ content: "Hi" }), "messages[0].role: is missing"],
    ["parts", line({ role: "user", content: [] }), "messages[0].content: must be text"],
    ["a user who says null", line({ role: "user", content: null }), "messages[0].content"],
    ["an answer of nothing", line(user, { role: "assistant" }), "messages[1]: an assistant"],
    ["an answer first", line({ role: "assistant", content: "Hi" }), "messages[0]: no model"],
    ["a late system message", line(user, { role: "system", content: "x" }), "messages[1]: only"],
    ["nobody who asks", line({ role: "system", content: "x" }), "no message is of role user"],
    ["an old function call", line(user, { role: "assistant", function_call: {} }), "function_call"],
    [
      "arguments that are no text",
      line(user, calling({ id: "1", function: { name: "f", arguments: {} } })),
      "messages[1].tool_calls[0].function.arguments: must be text",
    ],
    [
      "a call without result at the end",
      line(user, calling(call("1"))),
      'messages[1]: the tool call "1" (f) has no result',
    ],
    [
      "a call without result in the middle",
      line(user, calling(call("1"), call("2")), result("1"), user),
      'messages[1]: the tool call "2" (f) has no result',
    ],
    [
      "a result without call",
      line(user, result("1")),
      'messages[1]: a tool result for "1", but no tool call waits',
    ],
    [
      "results in another order than their calls",
      line(user, calling(call("1"), call("2")), result("2"), result("1")),
      'messages[2]: a tool result for "2", but the next call that waits for one is "1"',
    ],
    [
      "a result in the name of another function",
      line(user, calling(call("1")), result("1", "", { name: "g" })),
      'messages[2]: name is "g", but the call that it answers is of "f"',
    ],
    [
      "a call of what isn't offered",
      JSON.stringify({ tools: [], messages: [user, calling(call("1")), result("1")] }),
      'tools lacks "f"',
    ],
    [
      "an id that two lines have",
      `${line(user)}\n${JSON.stringify({ id: "1", messages: [user] })}`,
      'line 2: the id "1" is that of line 1 too',
    ],
  ];
  test.each(faults)("%s", async (_name, content, says) => {
    expect(await refusal(content)).toContain(says);
  });
});
