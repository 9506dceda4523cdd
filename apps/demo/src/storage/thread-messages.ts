import { ChatMessage, SystemPrompt, type ChatThread } from "@mi/threads";
import type { CanonicalMessage } from "../input/canonical-message.ts";
import { turnsOf } from "../input/turns.ts";
import { UnexpectedEntity } from "./damage.ts";

/**
 * What a thread holds, the system prompt first, in the form in which transcripts are compared.
 *
 * @throws UnexpectedEntity when something else stands where a message or the system prompt has to be.
 */
export function threadMessages(thread: ChatThread): readonly CanonicalMessage[] {
  const history = thread.history.map((message, index) => {
    if (message instanceof ChatMessage) return canonical(message);
    throw new UnexpectedEntity(`history[${index}] is no mi.ChatMessage`);
  });
  const { systemPrompt } = thread;
  if (systemPrompt === null) return history;
  if (!(systemPrompt instanceof SystemPrompt))
    throw new UnexpectedEntity("systemPrompt is no mi.SystemPrompt");
  const { content } = systemPrompt;
  return [{ role: "system", content, toolCalls: [], toolCallId: null }, ...history];
}

export function canonical(message: ChatMessage): CanonicalMessage {
  const { role, content, oaiToolCallId } = message;
  const toolCalls = message.toolCalls.map(({ id, name, arguments: text }) => {
    return { id, name, arguments: text };
  });
  return { role, content, toolCalls, toolCallId: role === "tool" ? oaiToolCallId : null };
}

/** What there is to count in a thread. */
export interface ThreadFigures {
  readonly turns: number;
  readonly messages: number;
  readonly toolCalls: number;
  /** As the server counted them, over all answers. */
  readonly tokens: number;
}

export function threadFigures(thread: ChatThread): ThreadFigures {
  const messages = threadMessages(thread);
  return {
    turns: turnsOf(messages).length,
    messages: messages.length,
    toolCalls: messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0),
    tokens: thread.history.reduce((sum, { usage }) => sum + (usage?.totalTokens ?? 0), 0),
  };
}
