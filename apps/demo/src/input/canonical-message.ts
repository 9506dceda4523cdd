import { createHash } from "node:crypto";

export type Role = "system" | "user" | "assistant" | "tool";

export interface CanonicalToolCall {
  readonly id: string;
  readonly name: string;
  /** Verbatim, never reformatted. */
  readonly arguments: string;
}

/** All of a message that counts when a stored conversation is compared with its transcript. */
export interface CanonicalMessage {
  readonly role: Role;
  /** `null` and `""` are different contents. */
  readonly content: string | null;
  readonly toolCalls: readonly CanonicalToolCall[];
  /** On a tool message: the call that it answers. */
  readonly toolCallId: string | null;
}

/** One line of text that is the same for equal messages and for no others. */
export function messageLine(message: CanonicalMessage): string {
  const { role, content, toolCalls, toolCallId } = message;
  const calls = toolCalls.map((call) => [call.id, call.name, call.arguments]);
  return JSON.stringify([role, content, calls, toolCallId]);
}

/** SHA-256, in hex, of a whole conversation. */
export function transcriptHash(messages: readonly CanonicalMessage[]): string {
  const hash = createHash("sha256");
  for (const message of messages) hash.update(messageLine(message)).update("\n");
  return hash.digest("hex");
}
