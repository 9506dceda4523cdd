import type { ChatAnswer, FinishReason } from "../chat/chat-answer.ts";
import { ResponseFault, shapeFault } from "../chat/response-fault.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { decodeOpenAIContent } from "./decode-openai-content.ts";
import { decodeOpenAIToolCalls } from "./decode-openai-tool-calls.ts";
import { decodeOpenAIUsage } from "./decode-openai-usage.ts";
import { readProviderError } from "./read-provider-error.ts";

/**
 * The normalised view of a body of status 200, which need not hold an answer. Where it holds several, the first.
 *
 * @throws ResponseFault
 */
export function decodeOpenAIResponse(raw: JsonValue): ChatAnswer {
  const { body, choice, message } = findMessage(raw);
  const id = text(body["id"]);
  const content = decodeOpenAIContent(message);
  const toolCalls = decodeOpenAIToolCalls(message, id ?? "");
  const rawFinishReason = text(choice["finish_reason"]);
  return {
    id,
    model: text(body["model"]),
    ...content,
    toolCalls,
    finishReason: finishReason(rawFinishReason, toolCalls.length > 0, content.refusal),
    rawFinishReason,
    usage: decodeOpenAIUsage(body["usage"]),
  };
}

function findMessage(raw: JsonValue): {
  body: JsonObject;
  choice: JsonObject;
  message: JsonObject;
} {
  const choices = isJsonObject(raw) ? raw["choices"] : undefined;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  // An error may stand in place of the answer, or (OpenRouter) in the choice that broke off.
  const error = isJsonObject(choice)
    ? readProviderError({ error: choice["error"] ?? null })
    : readProviderError(raw);
  if (error !== undefined) throw new ResponseFault({ kind: "provider_error", error });
  if (!isJsonObject(raw)) throw shapeFault("the body", "an object", raw);
  if (!Array.isArray(choices)) throw shapeFault("choices", "a list", choices);
  if (!isJsonObject(choice)) throw shapeFault("choices[0]", "an object", choice);
  if (choice["finish_reason"] === "error") {
    const broken = {
      message: "the model broke off with an error",
      code: undefined,
      type: undefined,
    };
    throw new ResponseFault({ kind: "provider_error", error: broken });
  }
  const message = choice["message"];
  if (!isJsonObject(message)) throw shapeFault("choices[0].message", "an object", message);
  return { body: raw, choice, message };
}

/**
 * Servers write `stop` beside tool calls, nothing, or words of their own, so what came decides. Only what cuts an answer
 * short counts before that.
 */
function finishReason(
  raw: string | undefined,
  hasToolCalls: boolean,
  refusal: string | undefined,
): FinishReason {
  if (raw === "length" || raw === "content_filter") return raw;
  if (hasToolCalls) return "tool_calls";
  return refusal === undefined ? "stop" : "refusal";
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
