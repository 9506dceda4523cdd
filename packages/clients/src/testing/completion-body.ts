import { isJsonObject, type JsonObject } from "../json.ts";
import type { MessageReply } from "./chat-server-reply.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/** The completion that OpenAI would have sent with this message. */
export function completionBody(
  reply: MessageReply,
  request: RecordedRequest,
  now: number,
): JsonObject {
  const toolCalls = (reply.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `call_${request.number}_${index}`,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  const message: JsonObject = {
    role: "assistant",
    content: reply.content ?? null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    refusal: reply.refusal ?? null,
  };
  const usage = reply.usage === undefined ? estimatedUsage(request, message) : reply.usage;
  return {
    id: `chatcmpl-${request.number}`,
    object: "chat.completion",
    created: Math.floor(now / 1000),
    model: (isJsonObject(request.body) ? request.body["model"] : undefined) ?? null,
    choices: [
      {
        index: 0,
        message,
        logprobs: null,
        finish_reason: reply.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop"),
      },
    ],
    ...(usage !== null && { usage }),
  };
}

/** About four bytes to a token: good enough to add up, and the same on every run. */
function estimatedUsage(request: RecordedRequest, message: JsonObject): JsonObject {
  const prompt = tokens(request.bodyText);
  const completion = tokens(JSON.stringify(message));
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

function tokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/** An error in OpenAI's form. */
export function errorBody(
  message: string,
  type: string,
  code: string,
  param: string | null = null,
): JsonObject {
  return { error: { message, type, param, code } };
}
