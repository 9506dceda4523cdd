import { expect, test } from "@jest/globals";
import { LLMConfig } from "../src/entities/llm-config.ts";
import { llmClients } from "../src/entities/llm-client.ts";
import { responseFormats } from "../src/entities/response-format.ts";

test("everything but the client has a default", () => {
  expect(new LLMConfig({ client: "openai" })).toEqual({
    client: "openai",
    model: null,
    maxTokens: 400,
    temperature: 0,
    responseFormat: "text",
    useCache: true,
    reasoner: false,
    reasoningEffort: "medium",
  });
});

test.each([
  ["client", "gemini"],
  ["maxTokens", 0],
  ["maxTokens", 1.5],
  ["temperature", 2.1],
  ["temperature", -0.1],
  ["responseFormat", "xml"],
  ["reasoningEffort", "extreme"],
])("%s may not be %s, in the constructor or later", (field, value) => {
  const refused = expect.objectContaining({ code: "MI_ENTITY_INVALID" });
  const fields = Object.fromEntries([
    ["client", "openai"],
    [field, value],
  ]);
  // @ts-expect-error some of the values are of another type
  expect(() => new LLMConfig(fields)).toThrow(refused);
  const config = new LLMConfig({ client: "openai" });
  expect(() => Reflect.set(config, field, value)).toThrow(refused);
});

test("a format is refused only with a client that doesn't have it", () => {
  const refused: string[] = [];
  for (const client of llmClients)
    for (const responseFormat of responseFormats)
      try {
        new LLMConfig({ client, responseFormat });
      } catch (error) {
        refused.push(`${client} ${responseFormat} ${String(error)}`);
      }
  expect(refused).toEqual([expect.stringMatching(/^anthropic json_object .*no json_object/)]);
});
