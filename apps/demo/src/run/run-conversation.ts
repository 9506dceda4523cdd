import { basename } from "node:path";
import { MiError, type CommitContext, type EntityRegistry, type LineageId } from "@mi/ecs";
import {
  CallableTool,
  ChatThread,
  LLMConfig,
  SystemPrompt,
  type InferenceOrchestrator,
} from "@mi/threads";
import type { CanonicalMessage } from "../input/canonical-message.ts";
import type { Conversation } from "../input/conversation.ts";
import { ConversationRecord, type InputFile } from "../storage/demo-entities.ts";
import type { SharedEntities } from "./shared-entities.ts";
import { conversationHeader } from "./transcript-server.ts";
import { planTurns, type Step } from "./turn-plan.ts";

/** What all conversations of a run have in common. */
export interface RunSetting {
  readonly registry: EntityRegistry;
  readonly orchestrator: Pick<InferenceOrchestrator, "run">;
  readonly shared: SharedEntities;
  readonly inputFile: InputFile;
  readonly answeredBy: ConversationRecord["answeredBy"];
  readonly model: string;
  readonly context: CommitContext;
  /** Fires when no new request is to be sent. */
  readonly signal: AbortSignal;
  /** Called before a new thread's first message is sent. */
  onThread(thread: LineageId, conversation: Conversation): void;
  onStep(): void;
}

export type ConversationOutcome =
  | { readonly status: "complete" | "stopped" }
  | {
      readonly status: "failed";
      readonly turn: number;
      readonly code: string;
      readonly message: string;
    };

/** Runs one conversation from its beginning, in a new thread. What goes wrong is told in the outcome. */
export async function runConversation(
  conversation: Conversation,
  setting: RunSetting,
): Promise<ConversationOutcome> {
  let turn = 0;
  try {
    const thread = await beginThread(conversation, setting);
    for (const step of planTurns(conversation.messages)) {
      if (setting.signal.aborted) return { status: "stopped" };
      turn = step.turn;
      const error = await takeStep(step, thread, conversation, setting);
      if (error !== null) return { status: "failed", turn, ...error };
      setting.onStep();
    }
    return { status: setting.signal.aborted ? "stopped" : "complete" };
  } catch (error) {
    if (!MiError.is(error)) throw error;
    return { status: "failed", turn, code: error.code, message: error.message };
  }
}

/** The thread is stored with its first message; before that, where to find it. */
async function beginThread(conversation: Conversation, setting: RunSetting): Promise<ChatThread> {
  const { registry, shared, inputFile, answeredBy, model, context } = setting;
  const { name, messages, tools, transcriptHash } = conversation;
  const prompt = messages[0]?.role === "system" ? messages[0].content : null;
  const steps = planTurns(messages);
  // Only this format sends a thread to which the user has added nothing.
  const needsAutoTools = tools.length > 0 || steps.some(({ say }) => say === undefined);
  const responseFormat = needsAutoTools ? "auto_tools" : "text";
  const thread = new ChatThread({
    name,
    systemPrompt:
      prompt === null
        ? null
        : await shared.copyOf(SystemPrompt, new SystemPrompt({ name: "system", content: prompt })),
    llmConfig: await shared.copyOf(
      LLMConfig,
      new LLMConfig({ client: "openai", model, responseFormat }),
    ),
    tools: await Promise.all(
      tools.map(({ name: toolName, description, parameters }) =>
        shared.copyOf(
          CallableTool,
          new CallableTool({
            name: toolName,
            docstring: description ?? null,
            inputSchema: parameters,
            strictSchema: false,
            resultFormat: "text",
          }),
        ),
      ),
    ),
  });
  const record = new ConversationRecord({
    name,
    input: inputFile,
    answeredBy,
    transcriptHash,
    messages: messages.length,
    turns: steps.at(-1)?.turn ?? 0,
    endsWith: messages.at(-1)?.role ?? "user",
    thread: thread.lineageId,
  });
  await registry.register(record, {
    ...context,
    operation: "demo.beginConversation",
    reason: `line ${conversation.line} of ${basename(inputFile.path)}`,
  });
  setting.onThread(thread.lineageId, conversation);
  return thread;
}

async function takeStep(
  { say, send }: Step,
  thread: ChatThread,
  { name, messages }: Conversation,
  { registry, orchestrator, answeredBy, context, signal }: RunSetting,
): Promise<{ readonly code: string; readonly message: string } | null> {
  const isReplay = answeredBy === "transcript";
  if (say === undefined && !isReplay) return null;
  thread.newMessage = say ?? null;
  if (!send) {
    thread.addUserMessage();
    await registry.register(thread, { ...context, operation: "ChatThread.addUserMessage" });
    return null;
  }
  const [output] = await orchestrator.run([thread], {
    context,
    // Not the signal itself: what was asked for is worth keeping, and a tool that was told to stop says so in its result.
    stopWhen: () => signal.aborted || (isReplay && !hasAnswerAt(messages, storedLength(thread))),
    headers: () => (isReplay ? conversationHeader(name) : {}),
  });
  return output?.error ?? null;
}

function hasAnswerAt(messages: readonly CanonicalMessage[], position: number): boolean {
  return messages[position]?.role === "assistant";
}

function storedLength(thread: ChatThread): number {
  return thread.history.length + (thread.systemPrompt === null ? 0 : 1);
}
