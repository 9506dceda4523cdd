import type { ChatClient } from "@mi/clients";
import { systemClock, uuidV7Ids, type Clock, type EntityRegistry, type IdSource } from "@mi/ecs";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { LLMClient } from "../entities/llm-client.ts";
import type { ProcessedOutput } from "../entities/processed-output.ts";
import { threadsError } from "../errors.ts";
import type { ToolExecutor } from "../tools/run-tool-calls.ts";
import { processedOutputOf } from "./processed-output-of.ts";
import { Progress } from "./progress.ts";
import { RunAbort } from "./run-abort.ts";
import { runBounded } from "./run-bounded.ts";
import { runThread } from "./run-thread.ts";
import type { Run, RunOptions } from "./run.ts";

/** What an orchestrator works with. */
export interface InferenceOrchestratorOptions {
  readonly registry: EntityRegistry;
  /** Who answers threads of each `llmConfig.client`. */
  readonly clients: Readonly<Partial<Record<LLMClient, ChatClient>>>;
  /** Runs the tools of threads, a `CallableRegistry` as a rule. Without it every call is answered with an error. */
  readonly callables?: ToolExecutor | undefined;
  /** How many threads are under way at once. Default 32. */
  readonly concurrency?: number | undefined;
  /** How many answers with tool calls a thread may have in one run. Default 20. */
  readonly maxToolRounds?: number | undefined;
  /** For the timestamps of messages. */
  readonly clock?: Clock | undefined;
  /** For the correlation ids of runs. */
  readonly ids?: IdSource | undefined;
}

/**
 * Runs conversations: sends each thread to its model, runs the tools that the model calls, and stores every step.
 *
 * @example
 * const orchestrator = new InferenceOrchestrator({
 *   registry,
 *   clients: { openai: new OpenAIClient() },
 *   callables,
 * });
 * const outputs = await orchestrator.run(threads);
 */
export class InferenceOrchestrator {
  readonly #options: InferenceOrchestratorOptions;
  readonly #concurrency: number;
  readonly #maxToolRounds: number;
  readonly #underWay = new Set<ChatThread>();

  /** @throws MiError of code MI_THREADS_CONFIGURATION */
  constructor(options: InferenceOrchestratorOptions) {
    this.#options = options;
    this.#concurrency = positive("concurrency", options.concurrency ?? 32);
    this.#maxToolRounds = positive("maxToolRounds", options.maxToolRounds ?? 20);
  }

  /**
   * Runs the threads in parallel, each by itself: its new message is appended and stored, the thread is sent, the raw
   * output is stored, tools are run, the turn is appended and stored, and so on until the model calls no more tools.
   *
   * What goes wrong with one thread is in its output's `error` and touches no other. Its user message stays, so that a
   * later run of the same thread tries again.
   *
   * @returns one output for each thread, in the order of the threads
   * @throws MiError of code MI_THREADS_DUPLICATE_THREAD when a thread is given twice or is in another run of this
   *   orchestrator, or MI_THREADS_TRACED inside a traced call or transaction; nothing has happened then. Two warm
   *   copies of one version are two threads: they branch.
   */
  async run(
    threads: readonly ChatThread[],
    options: RunOptions = {},
  ): Promise<readonly ProcessedOutput[]> {
    this.#refuseTrace();
    const given = [...threads];
    this.#refuseDuplicates(given);
    for (const thread of given) this.#underWay.add(thread);
    const abort = new RunAbort(options.signal);
    const progress = new Progress(options.onProgress);
    const run = this.#newRun(options, abort, progress);
    try {
      const outputs = await runBounded(given, this.#concurrency, async (thread) => {
        const end = await runThread(thread, run);
        const output = processedOutputOf(thread, end, run.registry);
        progress.emit({ type: "thread-end", thread, output, error: end.failure?.error });
        return output;
      });
      progress.rethrow();
      return outputs;
    } finally {
      abort.release();
      for (const thread of given) this.#underWay.delete(thread);
    }
  }

  #newRun(options: RunOptions, abort: RunAbort, progress: Progress): Run {
    const { registry, clients, callables, clock = systemClock, ids = uuidV7Ids } = this.#options;
    const correlationId = options.context?.correlationId ?? ids.next();
    return {
      registry,
      clients,
      callables,
      maxToolRounds: this.#maxToolRounds,
      clock,
      abort,
      context: { ...options.context, correlationId },
      options,
      emit: (event) => progress.emit(event),
    };
  }

  #refuseTrace(): void {
    if (!this.#options.registry.isTracing) return;
    throw threadsError(
      "MI_THREADS_TRACED",
      "A run stores each answer when it comes, which can't be done inside a traced call or transaction, whose commit comes at its end; run outside of it",
    );
  }

  #refuseDuplicates(threads: readonly ChatThread[]): void {
    const seen = new Set(this.#underWay);
    for (const thread of threads) {
      if (!seen.has(thread)) {
        seen.add(thread);
        continue;
      }
      const where = this.#underWay.has(thread) ? "is in another run" : "is given twice";
      throw threadsError(
        "MI_THREADS_DUPLICATE_THREAD",
        `ChatThread ${thread.lineageId} ${where}; run it once at a time, or load the version again for a branch`,
        { details: { lineageId: thread.lineageId } },
      );
    }
  }
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw threadsError("MI_THREADS_CONFIGURATION", `${option} must be a whole number over 0`, {
    details: { option, value },
  });
}
