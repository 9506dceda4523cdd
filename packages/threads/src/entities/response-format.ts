import type { LLMClient } from "./llm-client.ts";

export const responseFormats = [
  "text",
  "json_beg",
  "json_object",
  "structured_output",
  "tool",
  "auto_tools",
  "workflow",
] as const;

/** What kind of answer a thread asks for. */
export type ResponseFormat = (typeof responseFormats)[number];

/** What a service can't do, as of today; everything else is allowed. The one place that says so. */
export const refusedFormats: Readonly<Record<LLMClient, readonly ResponseFormat[]>> = {
  openai: [],
  azure_openai: [],
  // It has json_schema, but no JSON mode without a schema.
  anthropic: ["json_object"],
  vllm: [],
  litellm: [],
  openrouter: [],
};

/** Formats in which a thread may be sent without a new user message: the model goes on by itself. */
export const formatsWithoutMessage: readonly ResponseFormat[] = ["auto_tools", "workflow"];
