import type { ChatCompletion, JsonObject, JsonValue } from "@mi/clients";
import { Usage } from "../entities/usage.ts";

/** What an answer cost; `null` when the service didn't say how much was read and written. */
export function usageOf(answer: ChatCompletion, model: string): Usage | null {
  const { usage, provider } = answer;
  const promptTokens = count(usage?.inputTokens);
  const completionTokens = count(usage?.outputTokens);
  if (usage === undefined || promptTokens === null || completionTokens === null) return null;
  const cacheReadTokens = count(usage.cacheReadTokens);
  const isAnthropic = provider === "anthropic";
  return new Usage({
    model: answer.model ?? model,
    promptTokens,
    completionTokens,
    totalTokens: count(usage.totalTokens) ?? promptTokens + completionTokens,
    cacheCreationInputTokens: count(usage.cacheWriteTokens),
    cacheReadInputTokens: isAnthropic ? cacheReadTokens : null,
    cachedTokens: isAnthropic ? null : cacheReadTokens,
    reasoningTokens: count(usage.reasoningTokens),
    ...completionDetails(usage.raw),
  });
}

/** Counts of OpenAI's own that no other service has. */
function completionDetails(usage: JsonObject): {
  acceptedPredictionTokens: number | null;
  audioTokens: number | null;
  rejectedPredictionTokens: number | null;
} {
  const details = usage["completion_tokens_details"];
  const detail = (key: string): number | null => (isObject(details) ? count(details[key]) : null);
  return {
    acceptedPredictionTokens: detail("accepted_prediction_tokens"),
    audioTokens: detail("audio_tokens"),
    rejectedPredictionTokens: detail("rejected_prediction_tokens"),
  };
}

/** A service may send anything here; a count that is none is unknown, and no reason to lose the answer. */
function count(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
