import { describe, expect, test } from "@jest/globals";
import type { CanonicalMessage, Role } from "../src/input/canonical-message.ts";
import { turnAt, turnsOf } from "../src/input/turns.ts";
import { planTurns } from "../src/run/turn-plan.ts";
import { firstDifference } from "../src/verify/first-difference.ts";
import { sample } from "../src/verify/sample.ts";

const message = (role: Role, content: string | null = role, calls = 0): CanonicalMessage => ({
  role,
  content,
  toolCalls: Array.from({ length: calls }, (_, index) => ({
    id: `c${index}`,
    name: "f",
    arguments: "{}",
  })),
  toolCallId: role === "tool" ? "c0" : null,
});

const conversation = [
  message("system"),
  message("user", "one"),
  message("assistant", null, 1),
  message("tool"),
  message("assistant"),
  message("user", "two"),
  message("user", "three"),
  message("assistant"),
  message("assistant", "and more"),
  message("user", "four"),
];

test("a turn is a user message with all that follows it", () => {
  expect(turnsOf(conversation)).toEqual([
    { number: 1, start: 1, end: 5 },
    { number: 2, start: 5, end: 6 },
    { number: 3, start: 6, end: 9 },
    { number: 4, start: 9, end: 10 },
  ]);
  expect([0, 1, 4, 5, 8, 9].map((index) => turnAt(conversation, index))).toEqual([
    0, 1, 1, 2, 3, 4,
  ]);
});

test("only what a transcript has an answer to is sent, and an answer after an answer is asked for", () => {
  expect(planTurns(conversation)).toEqual([
    { turn: 1, say: "one", send: true },
    { turn: 2, say: "two", send: false },
    { turn: 3, say: "three", send: true },
    { turn: 3, say: undefined, send: true },
    { turn: 4, say: "four", send: false },
  ]);
});

test("a conversation that ends in a tool's result has nothing to say after it", () => {
  expect(planTurns(conversation.slice(0, 4))).toEqual([{ turn: 1, say: "one", send: true }]);
});

describe("the first difference", () => {
  const changed = (index: number, by: Partial<CanonicalMessage>): readonly CanonicalMessage[] =>
    conversation.map((each, at) => (at === index ? { ...each, ...by } : each));

  test("equal conversations have none", () => {
    expect(firstDifference(conversation, [...conversation])).toBeUndefined();
  });

  test.each([
    ["a content", changed(4, { content: "other" }), 1, 4, 'content is "other"'],
    ["null for empty", changed(2, { content: "" }), 1, 2, 'content is "", in the transcript null'],
    ["a role", changed(5, { role: "system" }), 2, 5, "role is system"],
    ["tool calls", changed(2, { toolCalls: [] }), 1, 2, "tool_calls are []"],
    ["a call id", changed(3, { toolCallId: "c1" }), 1, 3, 'tool_call_id is "c1"'],
    ["one too few", conversation.slice(0, 9), 4, 9, "is missing: 9 of 10 messages are stored"],
  ] as const)("%s is named with turn and message", (_name, stored, turn, index, what) => {
    expect(firstDifference(stored, conversation)).toEqual({
      turn,
      index,
      what: expect.stringContaining(what),
    });
  });

  test("in a long text, the place where it differs is shown", () => {
    const long = "x".repeat(500);
    const found = firstDifference([message("user", `${long}a`)], [message("user", `${long}b`)]);
    expect(found?.what).toContain('…"xxxxxxxxxxxxxxxxxxxxa" from character 480');
  });
});

test("a sample has the first and the last, and no more than it may", () => {
  const items = Array.from({ length: 2000 }, (_, index) => index);
  const some = sample(items, 40);
  expect(some).toHaveLength(40);
  expect(new Set(some).size).toBe(40);
  expect([some[0], some.at(-1)]).toEqual([0, 1999]);
  expect(sample(items.slice(0, 40), 40)).toHaveLength(40);
});
