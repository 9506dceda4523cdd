import type { ChatUsage } from "../chat/chat-answer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** Token counts of OpenAI and of the servers that write them in their own places. */
export function decodeOpenAIUsage(value: JsonValue | undefined): ChatUsage | undefined {
  if (!isJsonObject(value)) return undefined;
  const prompt = part(value, "prompt_tokens_details");
  const completion = part(value, "completion_tokens_details");
  const inputTokens = number(value, "prompt_tokens");
  const outputTokens = number(value, "completion_tokens");
  return {
    inputTokens,
    outputTokens,
    totalTokens: number(value, "total_tokens") ?? sum(inputTokens, outputTokens),
    cacheReadTokens:
      number(prompt, "cached_tokens") ??
      number(value, "prompt_cache_hit_tokens") ?? // DeepSeek
      number(value, "num_cached_tokens") ?? // Mistral
      number(value, "cached_tokens"), // Moonshot
    cacheWriteTokens: number(prompt, "cache_write_tokens"),
    reasoningTokens: number(completion, "reasoning_tokens"),
    cost: number(value, "cost"), // OpenRouter
    raw: value,
  };
}

function part(usage: JsonObject, key: string): JsonObject {
  const value = usage[key];
  return isJsonObject(value) ? value : {};
}

function number(usage: JsonObject, key: string): number | undefined {
  const value = usage[key];
  return typeof value === "number" ? value : undefined;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
