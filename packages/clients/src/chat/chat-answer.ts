import type { JsonObject } from "../json.ts";
import type { ChatToolCall } from "./chat-request.ts";

/**
 * Why the model stopped, in one vocabulary for all providers. Only under `tool_calls` may tools run: `length` and
 * `content_filter` can leave a call with half of its arguments.
 */
export type FinishReason = "stop" | "tool_calls" | "length" | "content_filter" | "refusal";

/** Token counts in one form. What the provider does not say is `undefined`, never 0. */
export interface ChatUsage {
  /** All that was read, cached tokens included. */
  readonly inputTokens: number | undefined;
  /** All that was written, reasoning included. */
  readonly outputTokens: number | undefined;
  readonly totalTokens: number | undefined;
  /** The part of `inputTokens` that came from the provider's cache. */
  readonly cacheReadTokens: number | undefined;
  /** The part of `inputTokens` that was put into the provider's cache. */
  readonly cacheWriteTokens: number | undefined;
  /** The part of `outputTokens` that the model spent on reasoning. */
  readonly reasoningTokens: number | undefined;
  /** In the provider's currency, where it names a cost. */
  readonly cost: number | undefined;
  /** The provider's own usage object. */
  readonly raw: JsonObject;
}

/** The normalised view of a response body. */
export interface ChatAnswer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  /** The text, exactly as it came: `null` stays `null` and `""` stays `""`. */
  readonly content: string | null;
  /** In the model's order. */
  readonly toolCalls: readonly ChatToolCall[];
  readonly finishReason: FinishReason;
  /** The provider's own word; `undefined` when it said none. */
  readonly rawFinishReason: string | undefined;
  readonly refusal: string | undefined;
  readonly reasoning: string | undefined;
  readonly usage: ChatUsage | undefined;
}
