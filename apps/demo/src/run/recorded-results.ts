import type { LineageId } from "@mi/ecs";
import type { ToolExecutor, ToolResult } from "@mi/threads";
import type { Conversation } from "../input/conversation.ts";

/** Which conversation a thread runs. */
export type ConversationsByThread = ReadonlyMap<LineageId, Conversation>;

/**
 * Answers each tool call with the result that stands in the transcript where this one will stand: ids of calls recur in
 * real conversations.
 */
export function resultsByPosition(conversations: ConversationsByThread): ToolExecutor {
  return {
    async execute(name, _argumentsText, { thread, index }) {
      const system = thread.systemPrompt === null ? 0 : 1;
      // The message that calls comes first; it is not in the history yet.
      const position = system + thread.history.length + 1 + index;
      const recorded = conversations.get(thread.lineageId)?.messages[position];
      if (recorded?.role !== "tool" || recorded.content === null) return notRecorded(name);
      return { content: recorded.content, isError: false };
    },
  };
}

/**
 * Answers each tool call with the next recorded result of that tool: for a model that needn't call what was recorded, or
 * in that order.
 */
export function resultsByName(conversations: ConversationsByThread): ToolExecutor {
  const used = new Map<string, number>();
  return {
    async execute(name, _argumentsText, { thread }) {
      const results = resultsOf(conversations.get(thread.lineageId), name);
      const key = `${thread.lineageId} ${name}`;
      const next = used.get(key) ?? 0;
      used.set(key, next + 1);
      const content = results[next];
      return content === undefined ? notRecorded(name) : { content, isError: false };
    },
  };
}

function resultsOf(conversation: Conversation | undefined, name: string): readonly string[] {
  const results: string[] = [];
  const open: string[] = [];
  for (const { role, content, toolCalls } of conversation?.messages ?? []) {
    open.push(...toolCalls.map((call) => call.name));
    if (role === "tool" && open.shift() === name && content !== null) results.push(content);
  }
  return results;
}

function notRecorded(name: string): ToolResult {
  return { content: JSON.stringify({ error: `no result of ${name} is recorded` }), isError: true };
}
