import type { ChatCompletion, ChatToolCall } from "@mi/clients";
import type { CallableTool } from "../entities/callable-tool.ts";
import { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { RawOutput } from "../entities/raw-output.ts";
import { offeredTools } from "../request/offered-tools.ts";
import { runToolCalls } from "../tools/run-tool-calls.ts";
import type { ToolResult } from "../tools/tool-result.ts";
import type { Run } from "./run.ts";
import { usageOf } from "./usage-of.ts";

/**
 * Runs the tools of an answer, then appends the turn as a whole and stores it in one commit: the assistant message, and
 * one tool message for each of its calls, in their order.
 */
export async function addTurn(
  thread: ChatThread,
  { answer, rawOutput }: { answer: ChatCompletion; rawOutput: RawOutput },
  run: Run,
): Promise<readonly ChatMessage[]> {
  const offered = offeredTools(thread);
  // Detached: they enter the storage with the thread, as one turn, or not at all.
  const message = run.registry.detached(() => assistantMessage(thread, answer, run));
  const results = await runToolCalls({
    thread,
    message,
    answer,
    offered,
    callables: run.callables,
    signal: run.abort.signal,
  });
  const turn = [message];
  for (const [index, result] of results.entries()) {
    const call = answer.toolCalls[index];
    const before = turn.at(-1) ?? message;
    if (call === undefined) continue;
    turn.push(run.registry.detached(() => toolMessage(before, { call, result, offered }, run)));
  }
  thread.history.push(...turn);
  await run.registry.register(thread, {
    ...run.context,
    operation: "InferenceOrchestrator.addTurn",
    cause: rawOutput.ecsId,
  });
  return turn;
}

function assistantMessage(thread: ChatThread, answer: ChatCompletion, run: Run): ChatMessage {
  const { toolCalls } = answer;
  return new ChatMessage({
    timestamp: new Date(run.clock.now()),
    role: "assistant",
    // Without calls there must be a content: an answer of nothing is an empty one.
    content: toolCalls.length > 0 ? answer.content : (answer.content ?? answer.refusal ?? ""),
    chatThreadId: thread.lineageId,
    parentMessageUuid: thread.lastMessage?.lineageId ?? null,
    toolCalls: toolCalls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text })),
    usage: usageOf(answer, thread.llmConfig.model ?? ""),
  });
}

function toolMessage(
  before: ChatMessage,
  {
    call,
    result,
    offered,
  }: { call: ChatToolCall; result: ToolResult; offered: readonly CallableTool[] },
  run: Run,
): ChatMessage {
  const tool = offered.find((candidate) => candidate.name === call.name);
  return new ChatMessage({
    timestamp: new Date(run.clock.now()),
    role: "tool",
    content: result.content,
    chatThreadId: before.chatThreadId,
    parentMessageUuid: before.lineageId,
    toolName: call.name,
    toolUuid: tool?.lineageId ?? null,
    toolType: tool === undefined ? null : "Callable",
    oaiToolCallId: call.id,
  });
}
