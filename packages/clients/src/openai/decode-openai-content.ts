import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { shapeFault } from "../chat/response-fault.ts";

export interface DecodedContent {
  readonly content: string | null;
  readonly refusal: string | undefined;
  readonly reasoning: string | undefined;
}

/** Text, refusal and reasoning of a message, from all the places where servers put them. */
export function decodeOpenAIContent(message: JsonObject): DecodedContent {
  const content = message["content"];
  const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
  return {
    content: contentText(content),
    refusal: filled(message["refusal"]) ?? filled(textOf(parts, "refusal")),
    reasoning:
      filled(message["reasoning_content"]) ?? // DeepSeek, vLLM, Moonshot
      filled(message["reasoning"]) ?? // Groq, OpenRouter
      filled(detailsText(message["reasoning_details"])) ?? // OpenRouter, Snowflake
      filled(textOf(parts, "thinking")), // Mistral
  };
}

/** A list of parts (Mistral) becomes its text; everything else is what it was. */
function contentText(content: JsonValue | undefined): string | null {
  if (content === undefined || content === null) return null;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) {
    throw shapeFault("choices[0].message.content", "text, null or a list of parts", content);
  }
  const texts = content.map((part) => (isJsonObject(part) ? partText(part, "text") : part));
  const found = texts.filter((text) => typeof text === "string");
  return found.length === 0 ? null : found.join("");
}

function textOf(parts: readonly JsonObject[], type: "refusal" | "thinking"): string {
  return parts.map((part) => partText(part, type) ?? "").join("");
}

/** A part names its text after its type; `thinking` may itself be a list of text parts. */
function partText(part: JsonObject, type: "text" | "refusal" | "thinking"): string | undefined {
  if (part["type"] !== type) return undefined;
  const value = part[type];
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map((inner) => nestedText(inner)).join("") : undefined;
}

function nestedText(part: JsonValue): string {
  return isJsonObject(part) ? (filled(part["text"]) ?? "") : "";
}

function detailsText(details: JsonValue | undefined): string {
  if (!Array.isArray(details)) return "";
  return details
    .filter(isJsonObject)
    .map((detail) => filled(detail["text"]) ?? filled(detail["summary"]) ?? "")
    .join("");
}

function filled(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
