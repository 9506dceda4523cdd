import type { ChatClient, ChatCompletion } from "@mi/clients";
import { MiError } from "@mi/ecs";
import type { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { StopReason } from "../entities/processed-output.ts";
import { threadsError } from "../errors.ts";
import { requireSendable } from "../request/chat-request.ts";
import { addTurn } from "./add-turn.ts";
import { askModel, type Exchange } from "./ask-model.ts";
import type { Run } from "./run.ts";
import { storeUserMessage } from "./store-thread.ts";

/** How the run of one thread ended. */
export interface ThreadEnd {
  readonly stoppedBy: StopReason;
  /** The last request. */
  readonly exchange: Exchange;
  /** The turn that was appended for it, if it was. */
  readonly turn: readonly ChatMessage[];
  readonly failure: { readonly error: unknown } | undefined;
}

/** Runs one thread to the end of its loop. Never rejects. */
export async function runThread(thread: ChatThread, run: Run): Promise<ThreadEnd> {
  let exchange: Exchange = { sent: thread.ecsId, seconds: 0 };
  let turn: readonly ChatMessage[] = [];
  try {
    refuseAborted(run);
    const client = clientOf(thread, run);
    run.emit({ type: "thread-start", thread });
    await storeUserMessage(thread, run);
    for (let round = 1; ; round++) {
      exchange = { sent: thread.ecsId, seconds: 0 };
      turn = [];
      const asked = await askModel(thread, client, run, exchange);
      run.emit({ type: "answer-end", thread, round, rawOutput: asked.rawOutput });
      turn = await addTurn(thread, asked, run);
      run.emit({ type: "turn-end", thread, round, messages: turn });
      const stoppedBy = reasonToStop(thread, round, asked.answer, run);
      if (stoppedBy !== undefined) return { stoppedBy, exchange, turn, failure: undefined };
      refuseAborted(run);
    }
  } catch (error) {
    const isAbort = MiError.is(error) && abortCodes.includes(error.code);
    return { stoppedBy: isAbort ? "aborted" : "error", exchange, turn, failure: { error } };
  }
}

const abortCodes: readonly string[] = ["MI_CLIENT_ABORTED", "MI_THREADS_ABORTED"];

/** @throws MiError of code MI_THREADS_NO_CLIENT; what `requireSendable` throws */
function clientOf(thread: ChatThread, run: Run): ChatClient {
  const { client: name } = requireSendable(thread);
  const client = run.clients[name];
  if (client !== undefined) return client;
  throw threadsError(
    "MI_THREADS_NO_CLIENT",
    `ChatThread ${thread.lineageId} asks ${name}, but the orchestrator has no client of that name; give it one in clients`,
    { details: { lineageId: thread.lineageId, client: name } },
  );
}

function reasonToStop(
  thread: ChatThread,
  round: number,
  answer: ChatCompletion,
  run: Run,
): StopReason | undefined {
  const { finishReason, toolCalls } = answer;
  if (toolCalls.length === 0) return finishReason === "tool_calls" ? "stop" : finishReason;
  if (run.options.stopWhen?.({ thread, round, answer }) === true) return "stop_when";
  return round >= run.maxToolRounds ? "max_tool_rounds" : undefined;
}

function refuseAborted(run: Run): void {
  if (!run.abort.signal.aborted) return;
  throw threadsError("MI_THREADS_ABORTED", "The run was aborted by its caller", {
    cause: run.abort.signal.reason,
  });
}
