import { uuidV7Ids, type EntityRegistry, type LineageId } from "@mi/ecs";
import { CallableTool, InferenceOrchestrator, LLMConfig, SystemPrompt } from "@mi/threads";
import type { Terminal } from "../cli/terminal.ts";
import type { Conversation } from "../input/conversation.ts";
import type { Input } from "../input/read-conversations.ts";
import { InputFile } from "../storage/demo-entities.ts";
import type { Answering } from "./answering.ts";
import { Progress } from "./progress.ts";
import { runConversations, type ConversationResult } from "./run-conversations.ts";
import { SharedEntities } from "./shared-entities.ts";
import { planTurns } from "./turn-plan.ts";

export interface RunAllOptions {
  readonly registry: EntityRegistry;
  readonly answering: Answering;
  readonly input: Input;
  readonly model: string;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Runs conversations, each in a new thread, and tells how it goes. */
export async function runAll(
  conversations: readonly Conversation[],
  { registry, answering, input, model, concurrency, signal, terminal }: RunAllOptions,
): Promise<readonly ConversationResult[]> {
  if (conversations.length === 0) return [];
  const { answeredBy, client, maxToolRounds } = answering;
  const byThread = new Map<LineageId, Conversation>();
  const orchestrator = new InferenceOrchestrator({
    registry,
    clients: { openai: client },
    callables: answering.results(byThread),
    concurrency,
    maxToolRounds,
  });
  const types = [SystemPrompt, LLMConfig, CallableTool, InputFile];
  const shared = await SharedEntities.of(registry, types);
  const { path, sha256 } = input;
  const turns = conversations.reduce(
    (sum, { messages }) => sum + (planTurns(messages).at(-1)?.turn ?? 0),
    0,
  );
  const totals = { conversations: conversations.length, turns };
  const progress = new Progress(terminal, totals, () => performance.now());
  try {
    const setting = {
      registry,
      orchestrator,
      shared,
      inputFile: await shared.copyOf(InputFile, new InputFile({ path, sha256 })),
      answeredBy,
      model,
      context: { actor: "demo", correlationId: uuidV7Ids.next() },
      signal,
      onThread: (thread: LineageId, conversation: Conversation) =>
        void byThread.set(thread, conversation),
      onStep: () => progress.turnDone(),
    };
    return await runConversations(conversations, concurrency, setting, () =>
      progress.conversationDone(),
    );
  } finally {
    progress.end();
  }
}
