import type { CanonicalMessage } from "./canonical-message.ts";

/** A user message with all that follows it up to the next one; positions of messages, `end` excluded. */
export interface Turn {
  /** From 1. What comes before the first user message is no turn. */
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

export function turnsOf(messages: readonly Pick<CanonicalMessage, "role">[]): readonly Turn[] {
  const starts = [...messages.keys()].filter((index) => messages[index]?.role === "user");
  return starts.map((start, index) => ({
    number: index + 1,
    start,
    end: starts[index + 1] ?? messages.length,
  }));
}

/** The turn that a message is in; 0 for one before the first user message. */
export function turnAt(messages: readonly Pick<CanonicalMessage, "role">[], index: number): number {
  return messages.slice(0, index + 1).filter(({ role }) => role === "user").length;
}
