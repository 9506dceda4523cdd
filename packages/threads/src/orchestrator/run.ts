import type { ChatAnswer, ChatClient } from "@mi/clients";
import type { Clock, CommitContext, EntityRegistry } from "@mi/ecs";
import type { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { LLMClient } from "../entities/llm-client.ts";
import type { ProcessedOutput } from "../entities/processed-output.ts";
import type { RawOutput } from "../entities/raw-output.ts";
import type { ToolExecutor } from "../tools/run-tool-calls.ts";
import type { RunAbort } from "./run-abort.ts";

/** Where a thread stands when `stopWhen` is asked. */
export interface StopState {
  readonly thread: ChatThread;
  /** The turns of this run so far, from 1. */
  readonly round: number;
  /** The answer whose tool results were appended just now. */
  readonly answer: ChatAnswer;
}

/** What `onProgress` is told. Everything that an event names is stored already. */
export type RunEvent =
  | { readonly type: "thread-start"; readonly thread: ChatThread }
  | {
      readonly type: "answer-end";
      readonly thread: ChatThread;
      /** From 1. */
      readonly round: number;
      readonly rawOutput: RawOutput;
    }
  | {
      readonly type: "turn-end";
      readonly thread: ChatThread;
      readonly round: number;
      /** The assistant message and the results of its tool calls. */
      readonly messages: readonly ChatMessage[];
    }
  | {
      readonly type: "thread-end";
      readonly thread: ChatThread;
      readonly output: ProcessedOutput;
      /** What was thrown, where `output.error` holds its code and message. */
      readonly error?: unknown;
    };

/** What one run is told besides its threads. */
export interface RunOptions {
  /** Goes with every commit of the run. Its `operation` is replaced; without a `correlationId` the run makes one. */
  readonly context?: CommitContext | undefined;
  /**
   * Stops what is under way within its step: requests are cut, tools are told and not waited for. What was stored stays,
   * and an answer that has come is still appended, with an error as the result of each call that didn't end.
   */
  readonly signal?: AbortSignal | undefined;
  /** Asked after the results of tool calls were appended and stored; `true` ends that thread's run there. */
  readonly stopWhen?: ((state: StopState) => boolean) | undefined;
  /** Headers of every request of a thread. */
  readonly headers?: ((thread: ChatThread) => Readonly<Record<string, string>>) | undefined;
  /** Called as it happens. If it throws, the run goes on, and rejects with that at its end. */
  readonly onProgress?: ((event: RunEvent) => void) | undefined;
}

/** All that the threads of one run share. */
export interface Run {
  readonly registry: EntityRegistry;
  readonly clients: Readonly<Partial<Record<LLMClient, ChatClient>>>;
  readonly callables: ToolExecutor | undefined;
  readonly maxToolRounds: number;
  readonly clock: Clock;
  readonly abort: RunAbort;
  /** With the run's correlation id. */
  readonly context: CommitContext;
  readonly options: RunOptions;
  readonly emit: (event: RunEvent) => void;
}
