import { createHash, type Hash } from "node:crypto";

/** A message as OpenAI's API has it. Its `name`, and all that isn't named here, is ignored in comparisons. */
export interface TranscriptMessage {
  readonly role: string;
  readonly name?: string | undefined;
  readonly content?: unknown;
  readonly tool_calls?: readonly TranscriptToolCall[] | null | undefined;
  readonly tool_call_id?: string | null | undefined;
}

/** A tool call of a recorded message, in OpenAI's shape. */
export interface TranscriptToolCall {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/**
 * All of a message that counts, as one line of text: role, content (`null` is not `""`, absent is `null`), ids, names and
 * arguments text of the tool calls, and the id that a tool result answers.
 */
export function messageLine(message: TranscriptMessage): string {
  const calls = (message.tool_calls ?? []).map((call) => [
    call.id ?? null,
    call.function?.name ?? null,
    argumentsText(call.function?.arguments),
  ]);
  return JSON.stringify([
    message.role,
    message.content ?? null,
    calls,
    message.tool_call_id ?? null,
  ]);
}

/** As a client reads them: what isn't text is written as JSON, nothing is `{}`. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "{}" : JSON.stringify(value);
}

/** Hashes the prefixes of a conversation, each from the one before it, so that a whole one costs one pass. */
export class PrefixHash {
  readonly #hash: Hash = createHash("sha256");

  add(message: TranscriptMessage): void {
    // A line of JSON holds no line break, so no two lists of messages give the same text.
    this.#hash.update(messageLine(message)).update("\n");
  }

  /** Of all messages so far. */
  digest(): string {
    return this.#hash.copy().digest("base64");
  }
}
