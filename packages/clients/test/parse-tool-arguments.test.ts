import { expect, test } from "@jest/globals";
import { parseToolArguments } from "../src/chat/parse-tool-arguments.ts";

test.each([
  ['{"a": [1]}', { a: [1] }],
  ["", {}],
  [" \n", {}],
])("%j is read as %j", (text, value) => {
  expect(parseToolArguments(text)).toEqual({ ok: true, value });
});

test.each([
  ['{"a":', /not valid JSON.*end of JSON input/],
  ["hello", /not valid JSON/],
  ["[1]", /must be a JSON object, not a list/],
  ["null", /must be a JSON object, not null/],
  ['"a"', /must be a JSON object, not a string/],
])("%j must not be run, and the problem says why", (text, problem) => {
  expect(parseToolArguments(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
});
