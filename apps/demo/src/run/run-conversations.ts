import type { Conversation } from "../input/conversation.ts";
import { runConversation, type ConversationOutcome, type RunSetting } from "./run-conversation.ts";

export interface ConversationResult {
  readonly conversation: Conversation;
  readonly outcome: ConversationOutcome;
}

/**
 * Runs conversations, so many at a time, each to its end. What would fail for all of them, a server that can't be reached
 * or a storage that can't be written, keeps further ones from being begun.
 *
 * @returns what became of each that was begun, in the order in which they ended
 */
export async function runConversations(
  conversations: readonly Conversation[],
  concurrency: number,
  setting: RunSetting,
  onResult: (result: ConversationResult) => void,
): Promise<readonly ConversationResult[]> {
  const results: ConversationResult[] = [];
  const state = { isHopeless: false };
  // One iterator for all workers: each takes the next conversation that nobody has.
  const queue = conversations.values();
  const work = async (): Promise<void> => {
    for (const conversation of queue) {
      if (setting.signal.aborted || state.isHopeless) return;
      const result = { conversation, outcome: await runConversation(conversation, setting) };
      if (isHopeless(result.outcome)) state.isHopeless = true;
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, conversations.length) }, work));
  return results;
}

function isHopeless(outcome: ConversationOutcome): boolean {
  if (outcome.status !== "failed") return false;
  return outcome.code === "MI_CLIENT_CONNECTION" || outcome.code.startsWith("MI_STORAGE_");
}
