import { isJsonObject, kindOf, type JsonObject, type JsonValue } from "../json.ts";

/** The arguments of a tool call, or what is wrong with them, in words for the model. */
export type ParsedToolArguments =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads the arguments text of a tool call. Empty text is `{}`: several providers write a call without arguments so.
 * Text that is no JSON, or JSON but no object, must not be run; `problem` says what is wrong in words for the model.
 */
export function parseToolArguments(text: string): ParsedToolArguments {
  if (text.trim() === "") return { ok: true, value: {} };
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: `the arguments are not valid JSON: ${String(error)}` };
  }
  if (isJsonObject(value)) return { ok: true, value };
  return { ok: false, problem: `the arguments must be a JSON object, not ${kindOf(value)}` };
}
