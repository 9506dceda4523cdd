import type { ChatAnswer, ChatToolCall } from "@mi/clients";
import type { CallableTool } from "../entities/callable-tool.ts";
import type { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { CallableRegistry, ToolContext } from "./callable-registry.ts";
import { describeFailure } from "./describe-failure.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { errorResult, toolNotFound, type ToolResult } from "./tool-result.ts";

/** What runs the functions of tools. */
export type ToolExecutor = Pick<CallableRegistry, "execute">;

export interface ToolTurn {
  readonly thread: ChatThread;
  readonly message: ChatMessage;
  readonly answer: ChatAnswer;
  /** What the model was offered: nothing else runs. */
  readonly offered: readonly CallableTool[];
  readonly callables: ToolExecutor | undefined;
  readonly signal: AbortSignal;
}

/** One result for every call of an answer, in the order of the calls; they run in parallel. Never rejects. */
export function runToolCalls(turn: ToolTurn): Promise<readonly ToolResult[]> {
  const { toolCalls } = turn.answer;
  return Promise.all(toolCalls.map((call, index) => runToolCall(turn, call, index)));
}

async function runToolCall(turn: ToolTurn, call: ChatToolCall, index: number): Promise<ToolResult> {
  const { thread, message, answer, offered, callables, signal } = turn;
  // A cut answer may hold half of a call that still looks whole.
  if (answer.finishReason !== "tool_calls")
    return errorResult(
      `not run: your message was cut off (${answer.finishReason}) and this call may be incomplete; make it again, shorter`,
    );
  if (signal.aborted) return errorResult("not run: the run was aborted before");
  const names = offered.map((tool) => tool.name);
  if (!names.includes(call.name)) return errorResult(toolNotFound(call.name, names));
  if (callables === undefined) return errorResult(`tool ${call.name} can't run here`);
  const context: ToolContext = { thread, message, call, index, signal };
  try {
    const work = callables.execute(call.name, call.arguments, context);
    return await unlessAborted(work, signal, () =>
      errorResult("the run was aborted before this call ended; it may have had effects"),
    );
  } catch (error) {
    return errorResult(describeFailure(error));
  }
}
