import { createHash } from "node:crypto";
import type { ChatToolCall } from "../chat/chat-request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { shapeFault } from "../chat/response-fault.ts";

/** The calls of one message, in the model's order. */
export function decodeOpenAIToolCalls(message: JsonObject, responseId: string): ChatToolCall[] {
  const list = message["tool_calls"];
  if (list !== undefined && list !== null && !Array.isArray(list)) {
    throw shapeFault("choices[0].message.tool_calls", "a list", list);
  }
  const calls = (list ?? []).map((call, index) => decodeCall(call, index, responseId));
  return calls.length > 0 ? calls : decodeOldFunctionCall(message["function_call"], responseId);
}

function decodeCall(call: JsonValue, index: number, responseId: string): ChatToolCall {
  const path = `choices[0].message.tool_calls[${index}]`;
  if (!isJsonObject(call)) throw shapeFault(path, "an object", call);
  // Not by the presence of `custom`: Snowflake sends an empty one beside every function.
  const custom = call["type"] === "custom";
  const part = call[custom ? "custom" : "function"];
  const partPath = `${path}.${custom ? "custom" : "function"}`;
  if (!isJsonObject(part)) throw shapeFault(partPath, "an object", part);
  const name = part["name"];
  if (typeof name !== "string") throw shapeFault(`${partPath}.name`, "text", name);
  const text = argumentsText(part[custom ? "input" : "arguments"]);
  const id = call["id"];
  const given = typeof id === "string" && id !== "";
  return { id: given ? id : madeId(responseId, index, name, text), name, arguments: text };
}

/** The form before tools. Snowflake sends one without a name where there is none. */
function decodeOldFunctionCall(call: JsonValue | undefined, responseId: string): ChatToolCall[] {
  if (!isJsonObject(call)) return [];
  const name = call["name"];
  if (typeof name !== "string" || name === "") return [];
  const text = argumentsText(call["arguments"]);
  return [{ id: madeId(responseId, 0, name, text), name, arguments: text }];
}

/** Text stays as it is, empty text too: what goes back to the provider must be what came from it. */
function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "{}" : JSON.stringify(value);
}

/** From the answer alone, so that decoding a kept answer again gives the same id. */
function madeId(responseId: string, index: number, name: string, text: string): string {
  const source = JSON.stringify([responseId, index, name, text]);
  return `call_${createHash("sha256").update(source).digest("hex").slice(0, 24)}`;
}
