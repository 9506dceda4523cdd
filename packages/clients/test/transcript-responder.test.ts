import { describe, expect, test } from "@jest/globals";
import type { ChatRequestMessage } from "../src/chat/chat-request.ts";
import type { ApiCallError } from "../src/errors.ts";
import type { OpenAIClient } from "../src/openai/openai-client.ts";
import type { RecordedRequest } from "../src/testing/recorded-request.ts";
import type { Transcript } from "../src/testing/transcript-index.ts";
import { transcriptResponder } from "../src/testing/transcript-responder.ts";
import { failureOf, withChatServer } from "./with-chat-server.ts";

const weather: Transcript = {
  id: "weather",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Rain in Bern?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", function: { name: "forecast", arguments: '{"city": "Bern"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "", name: "forecast" },
    { role: "assistant", content: "No." },
    { role: "user", content: "Thanks" },
  ],
};

const system: ChatRequestMessage = { role: "system", content: "Be brief." };
const rain: ChatRequestMessage = { role: "user", content: "Rain in Bern?" };
const call: ChatRequestMessage = {
  role: "assistant",
  content: null,
  toolCalls: [{ id: "c1", name: "forecast", arguments: '{"city": "Bern"}' }],
};
const result: ChatRequestMessage = { role: "tool", toolCallId: "c1", content: "" };
const answer: ChatRequestMessage = { role: "assistant", content: "No." };

function ask(
  transcripts: readonly Transcript[],
  messages: readonly ChatRequestMessage[],
  conversation?: string,
) {
  const headers = conversation === undefined ? {} : { "x-conversation-id": conversation };
  return withChatServer(transcriptResponder(transcripts), (client: OpenAIClient) =>
    client.complete({ model: "m", messages }, { headers }),
  );
}

async function refusalOf(...question: Parameters<typeof ask>): Promise<string> {
  const error = await failureOf(ask(...question));
  expect(error).toMatchObject({
    code: "MI_CLIENT_HTTP_STATUS",
    status: 400,
    providerCode: "not_recorded",
  });
  return (error as ApiCallError).message;
}

describe("a request that equals a recorded beginning", () => {
  test("gets the recorded tool call, text for text", async () => {
    expect(await ask([weather], [system, rain])).toMatchObject({
      content: null,
      toolCalls: [{ id: "c1", name: "forecast", arguments: '{"city": "Bern"}' }],
      finishReason: "tool_calls",
    });
  });

  test("gets the answer after a tool result, whose name does not count", async () => {
    expect(await ask([weather], [system, rain, call, result])).toMatchObject({ content: "No." });
  });

  test("is answered though other conversations begin alike, as long as all go on alike", async () => {
    const longer = {
      id: "longer",
      messages: [...weather.messages, { role: "assistant", content: "!" }],
    };
    expect(await ask([weather, longer], [system, rain])).toMatchObject({
      finishReason: "tool_calls",
    });
  });
});

describe("a request that differs is refused, with the place", () => {
  const cases: [string, readonly ChatRequestMessage[], RegExp][] = [
    [
      "another text",
      [system, { role: "user", content: "Snow?" }],
      /messages\[1\] differs from conversation "weather": content is "Snow\?", recorded is "Rain in Bern\?"/,
    ],
    [
      "another role",
      [{ role: "developer", content: "Be brief." }],
      /messages\[0\].*role is "developer", recorded is "system"/,
    ],
    [
      "an empty text for none",
      [system, rain, { ...call, content: "" }, result],
      /messages\[2\].*content is "", recorded is null/,
    ],
    [
      "arguments written otherwise",
      [
        system,
        rain,
        { ...call, toolCalls: [{ id: "c1", name: "forecast", arguments: '{"city":"Bern"}' }] },
        result,
      ],
      /messages\[2\].*tool_calls is/,
    ],
    [
      "another call id",
      [system, rain, call, { ...result, toolCallId: "c2" }],
      /messages\[3\].*tool_call_id is "c2", recorded is "c1"/,
    ],
    [
      "a message too many",
      [system, rain, call, result, answer, { role: "user", content: "Thanks" }, answer],
      /has only 6 messages, the request has 7/,
    ],
    [
      "nothing left to answer",
      [system, rain, call, result, answer, { role: "user", content: "Thanks" }],
      /ends with these 6 messages/,
    ],
    [
      "a turn that is the user's",
      [system, rain, call, result, answer],
      /goes on with a message of role user/,
    ],
  ];

  test.each(cases)("%s", async (_, messages, message) => {
    expect(await refusalOf([weather], messages)).toMatch(message);
  });

  test("compared with the conversation that shares most with it", async () => {
    const other = {
      id: "other",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "X" },
      ],
    };
    expect(await refusalOf([other, weather], [system, rain, { ...call, content: "" }])).toContain(
      '"weather"',
    );
  });

  test("when nothing is recorded at all", async () => {
    expect(await refusalOf([], [system])).toMatch(/no conversation is recorded/);
  });
});

describe("conversations that begin alike and go on differently", () => {
  const hi = { role: "user", content: "Hi" } as const;
  const forks: Transcript[] = [
    { id: "a", messages: [hi, { role: "assistant", content: "A" }] },
    { id: "b/\u00e9\u4f60", messages: [hi, { role: "assistant", content: "B" }] },
  ];

  test("are told apart by the header", async () => {
    expect(await ask(forks, [hi], "a")).toMatchObject({ content: "A" });
    expect(await ask(forks, [hi], encodeURIComponent("b/\u00e9\u4f60"))).toMatchObject({
      content: "B",
    });
  });

  test("are not guessed at without it", async () => {
    expect(await refusalOf(forks, [hi])).toMatch(/name one in the header x-conversation-id/);
  });

  test("a request that names one is compared with that one alone", async () => {
    expect(await refusalOf([...forks, weather], [system, rain], "a")).toMatch(
      /messages\[0\] differs from conversation "a"/,
    );
    expect(await refusalOf(forks, [hi], "c")).toMatch(/no conversation "c"/);
  });
});

test("two transcripts of one id are a mistake", () => {
  expect(() => transcriptResponder([weather, weather])).toThrow(TypeError);
});

test("a conversation of 2,000 turns is indexed in one pass: each message is read a few times, not once a turn", () => {
  let reads = 0;
  const messages = Array.from({ length: 4_000 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    get content() {
      reads += 1;
      return `message ${index}`;
    },
  }));
  const respond = transcriptResponder([{ id: "long", messages }]);
  expect(reads).toBeLessThanOrEqual(2 * messages.length);
  const sent = messages.slice(0, 3_999).map(({ role, content }) => ({ role, content }));
  reads = 0;
  const request: RecordedRequest = {
    number: 1,
    path: "/v1/chat/completions",
    headers: {},
    bodyText: "",
    body: { model: "m", messages: sent },
    receivedAt: 0,
  };
  expect(respond(request)).toEqual({ type: "message", content: "message 3999", toolCalls: [] });
  expect(reads).toBeLessThanOrEqual(2);
});
