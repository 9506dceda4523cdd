import { messageLine, type TranscriptMessage } from "./transcript-message.ts";
import type { Transcript } from "./transcript-index.ts";

export interface TranscriptDifference {
  /** The place of the message where they part. */
  readonly position: number;
  readonly message: string;
}

/** Where a request leaves a conversation, or why nothing can be answered though it does not. */
export function findDifference(
  { id, messages }: Transcript,
  sent: readonly TranscriptMessage[],
): TranscriptDifference {
  const position = sent.findIndex((message, index) => !sameMessage(message, messages[index]));
  const name = `conversation ${JSON.stringify(id)}`;
  if (position >= 0) {
    const recorded = messages[position];
    const got = sent[position];
    const message =
      recorded === undefined || got === undefined
        ? `${name} has only ${messages.length} messages, the request has ${sent.length}`
        : `messages[${position}] differs from ${name}: ${fieldDifference(recorded, got)}`;
    return { position, message };
  }
  const next = messages[sent.length];
  const message =
    next === undefined
      ? `${name} ends with these ${sent.length} messages`
      : `after these ${sent.length} messages ${name} goes on with a message of role ${next.role}, which no model can give`;
  return { position: sent.length, message };
}

function sameMessage(a: TranscriptMessage, b: TranscriptMessage | undefined): boolean {
  return b !== undefined && messageLine(a) === messageLine(b);
}

function fieldDifference(recorded: TranscriptMessage, got: TranscriptMessage): string {
  const fields = ["role", "content", "tool_calls", "tool_call_id"] as const;
  const field = fields.find((name) => only(recorded, name) !== only(got, name)) ?? "content";
  return `${field} is ${excerpt(got[field])}, recorded is ${excerpt(recorded[field])}`;
}

/** The line of a message that has this field alone. */
function only(message: TranscriptMessage, field: keyof TranscriptMessage): string {
  return messageLine({ role: "", [field]: message[field] });
}

function excerpt(value: unknown): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}… (${text.length} characters)`;
}
