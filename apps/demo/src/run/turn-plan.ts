import type { CanonicalMessage } from "../input/canonical-message.ts";

/** What a run does next in a conversation. */
export interface Step {
  /** The turn that it belongs to, from 1. */
  readonly turn: number;
  /** What the user says; `undefined` when the model goes on by itself. */
  readonly say: string | undefined;
  /** Whether the model is asked for an answer: not when the transcript has none. */
  readonly send: boolean;
}

/**
 * What goes into a conversation, in order. Answers, tool calls and results come back by themselves: one step goes on
 * until the model has answered without calling a tool, or the transcript ends.
 */
export function planTurns(messages: readonly CanonicalMessage[]): readonly Step[] {
  const steps: Step[] = [];
  let turn = 0;
  for (const [index, { role, content }] of messages.entries()) {
    if (role === "user") {
      turn += 1;
      steps.push({ turn, say: content ?? "", send: messages[index + 1]?.role === "assistant" });
    } else if (role === "assistant" && goesOnByItself(messages[index - 1]))
      steps.push({ turn, say: undefined, send: true });
  }
  return steps;
}

/** After an answer that called no tool, nothing but a new request brings the next one. */
function goesOnByItself(before: CanonicalMessage | undefined): boolean {
  return before === undefined || before.role === "system" || before.role === "assistant";
}
