import type { JsonObject } from "../json.ts";

/** One message of a conversation as it is sent. `null` and `""` are different contents and stay different. */
export type ChatRequestMessage =
  | { readonly role: "system" | "developer"; readonly content: string }
  | { readonly role: "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string | null;
      readonly toolCalls?: readonly ChatToolCall[] | undefined;
    }
  | { readonly role: "tool"; readonly content: string; readonly toolCallId: string };

/** A tool that the model wants to be run. */
export interface ChatToolCall {
  readonly id: string;
  readonly name: string;
  /** The model's text, never reformatted; may be empty, or no JSON. Read it with `parseToolArguments`. */
  readonly arguments: string;
}

/** A tool that the model may call. */
export interface ChatToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
  readonly strict?: boolean | undefined;
}

/** `{ name }` forces that tool; `"required"` forces any. */
export type ChatToolChoice = "auto" | "none" | "required" | { readonly name: string };

/** What the answer has to be: any text, any JSON object, or JSON of a schema. */
export type ChatResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly name: string;
      readonly description?: string | undefined;
      readonly schema: JsonObject;
      readonly strict?: boolean | undefined;
    };

/** A request in no provider's own words. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatRequestMessage[];
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly tools?: readonly ChatToolDefinition[] | undefined;
  readonly toolChoice?: ChatToolChoice | undefined;
  readonly responseFormat?: ChatResponseFormat | undefined;
  /** For models that reason before they answer; these refuse a temperature, so none is sent. */
  readonly reasoning?: { readonly effort: "low" | "medium" | "high" } | undefined;
}

/** Exactly what goes over the wire: `JSON.stringify(body)`, posted to `path` below the base URL. */
export interface WireRequest {
  readonly path: string;
  readonly body: JsonObject;
}
