import { MiError, type EntityRegistry } from "@mi/ecs";
import type { ChatThread } from "../entities/chat-thread.ts";
import { ProcessedOutput } from "../entities/processed-output.ts";
import type { ThreadsErrorCode } from "../errors.ts";
import { describeFailure } from "../tools/describe-failure.ts";
import type { ThreadEnd } from "./run-thread.ts";

/** What a run gives back for a thread. */
export function processedOutputOf(
  thread: ChatThread,
  end: ThreadEnd,
  registry: EntityRegistry,
): ProcessedOutput {
  const { exchange, turn, failure, stoppedBy } = end;
  const { answer, rawOutput } = exchange;
  const fields = {
    content: answer?.content ?? answer?.refusal ?? null,
    toolCalls: (answer?.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
      id,
      name,
      arguments: text,
    })),
    usage: turn[0]?.usage ?? null,
    error: failure === undefined ? null : errorOf(failure.error),
    timeTaken: Math.max(0, exchange.seconds),
    llmClient: thread.llmConfig.client,
    rawOutput: rawOutput ?? null,
    chatThreadId: exchange.sent,
    chatThreadLiveId: thread.liveId,
    stoppedBy,
  };
  // Detached, or the registry that the caller runs in would store it.
  return registry.detached(() => new ProcessedOutput(fields));
}

function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const unexpected: ThreadsErrorCode = "MI_THREADS_UNEXPECTED";
  const code = MiError.is(error) ? error.code : unexpected;
  return { code, message: describeFailure(error) };
}
