import type { CanonicalToolCall } from "./canonical-message.ts";
import type { ReadMessage } from "./read-message.ts";

/** What is wrong with a message where it stands. */
export interface MessageProblem {
  readonly index: number;
  readonly problem: string;
}

/**
 * The first message that can't stand where it stands: every tool call has its result, in the order of the calls, right
 * after the message that made it, and every result has its call.
 */
export function findMisplaced(messages: readonly ReadMessage[]): MessageProblem | undefined {
  let open: readonly CanonicalToolCall[] = [];
  let callsAt = 0;
  for (const [index, message] of messages.entries()) {
    const [call, ...rest] = open;
    if (message.role === "tool") {
      const problem = resultProblem(message, call);
      if (problem !== undefined) return { index, problem };
      open = rest;
      continue;
    }
    if (call !== undefined) return { index: callsAt, problem: missingResult(call) };
    const problem = placeProblem(message, index, messages);
    if (problem !== undefined) return { index, problem };
    open = message.toolCalls;
    callsAt = index;
  }
  const [call] = open;
  return call === undefined ? undefined : { index: callsAt, problem: missingResult(call) };
}

function missingResult(call: CanonicalToolCall): string {
  return `the tool call ${JSON.stringify(call.id)} (${call.name}) has no result; a message of role tool must follow`;
}

function resultProblem(
  message: ReadMessage,
  call: CanonicalToolCall | undefined,
): string | undefined {
  const id = JSON.stringify(message.toolCallId);
  if (call === undefined) return `a tool result for ${id}, but no tool call waits for one`;
  if (message.toolCallId !== call.id)
    return `a tool result for ${id}, but the next call that waits for one is ${JSON.stringify(call.id)} (${call.name}); results stand in the order of the calls`;
  if (message.name !== undefined && message.name !== call.name)
    return `name is ${JSON.stringify(message.name)}, but the call that it answers is of ${JSON.stringify(call.name)}`;
  return undefined;
}

function placeProblem(
  message: ReadMessage,
  index: number,
  messages: readonly ReadMessage[],
): string | undefined {
  if (message.role === "system" && index > 0) return "only the first message may be of role system";
  if (message.role !== "assistant") return undefined;
  if (message.content === null && message.toolCalls.length === 0)
    return "an assistant message needs content, tool calls or both";
  return messages[0] === message ? "no model can be asked for the first message" : undefined;
}
