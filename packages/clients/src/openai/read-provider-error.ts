import type { ProviderError } from "../chat/response-fault.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * The error object in a body, or `undefined` if there is none: `{ error: {…} }` of OpenAI, `{ error: "text" }`,
 * `{ object: "error", message }` of vLLM, `{ detail }` of FastAPI, and Gemini's list of one.
 */
export function readProviderError(body: JsonValue | undefined): ProviderError | undefined {
  if (Array.isArray(body)) return readProviderError(body[0]);
  if (!isJsonObject(body)) return undefined;
  const error = body["error"];
  if (isJsonObject(error) && Object.keys(error).length > 0) return fromObject(error);
  if (typeof error === "string" && error !== "")
    return { message: error, code: undefined, type: undefined };
  if (body["object"] === "error") return fromObject(body);
  const detail = body["detail"];
  if (detail === undefined || detail === null) return undefined;
  return { message: text(detail) ?? JSON.stringify(detail), code: undefined, type: undefined };
}

function fromObject(error: JsonObject): ProviderError {
  const metadata = error["metadata"];
  // OpenRouter's own message says little; what the provider behind it said stands here.
  const upstream = isJsonObject(metadata) ? text(metadata["raw"]) : undefined;
  const said = [text(error["message"]), upstream].filter((part) => part !== undefined);
  const message = said.length === 0 ? undefined : said.join(": ");
  return { message, code: text(error["code"]), type: text(error["type"]) };
}

/** Codes come as words from some and as numbers from others. */
function text(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
