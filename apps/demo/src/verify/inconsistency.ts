import type { CanonicalMessage } from "../input/canonical-message.ts";
import { turnAt } from "../input/turns.ts";
import type { ThreadStatus } from "../storage/survey.ts";
import { firstDifference } from "./first-difference.ts";

/**
 * What can't be in a conversation whoever answered: a tool call without its result, a result without its call, or user
 * messages other than those that went in.
 */
export function inconsistency(
  stored: readonly CanonicalMessage[],
  status: ThreadStatus,
  transcript: readonly CanonicalMessage[] | undefined,
): string | undefined {
  let open: readonly string[] = [];
  for (const [index, message] of stored.entries()) {
    const [next, ...rest] = open;
    const place = `turn ${turnAt(stored, index)}, messages[${index}]`;
    if (message.role === "tool") {
      if (message.toolCallId !== next) return `${place}: a tool result that no call waits for`;
      open = rest;
    } else if (next !== undefined) return `${place}: the tool call ${next} has no result`;
    else open = message.toolCalls.map(({ id }) => id);
  }
  if (open.length > 0) return `the tool call ${open.join(", ")} has no result`;
  if (status === "partial") return "it is partial; the next run begins it again";
  if (transcript === undefined) return undefined;
  const found = firstDifference(stored.filter(isUser), transcript.filter(isUser));
  return found && `user message ${found.index + 1}: ${found.what}`;
}

function isUser({ role }: CanonicalMessage): boolean {
  return role === "user";
}
