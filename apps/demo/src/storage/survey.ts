import type { EcsId, EntityRegistry, LineageId } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { transcriptHash, type CanonicalMessage } from "../input/canonical-message.ts";
import { damageText, UnexpectedEntity } from "./damage.ts";
import { ConversationRecord, InputFile } from "./demo-entities.ts";
import { threadFigures, threadMessages, type ThreadFigures } from "./thread-messages.ts";

/**
 * - `complete`: the thread holds the whole conversation.
 * - `partial`: it breaks off before the end.
 * - `damaged`: it can't be read.
 * - `superseded`: it is not whole, and another thread of the same conversation counts in its place.
 */
export type ThreadStatus = Reading["state"] | "superseded";

export interface SurveyedThread {
  readonly record: ConversationRecord;
  readonly thread: LineageId;
  readonly status: ThreadStatus;
  readonly figures: ThreadFigures;
}

/** A record of a conversation that can't be read, so that nobody knows which thread was meant. */
export interface DamagedRecord {
  readonly ecsId: EcsId;
  readonly problem: string;
}

export interface Survey {
  readonly threads: readonly SurveyedThread[];
  readonly damaged: readonly DamagedRecord[];
}

const nothing: ThreadFigures = { turns: 0, messages: 0, toolCalls: 0, tokens: 0 };

/** What names a conversation through all runs: a transcript that was changed since is another conversation. */
export function conversationKey(conversation: {
  readonly name: string;
  readonly transcriptHash: string;
  readonly answeredBy: ConversationRecord["answeredBy"];
}): string {
  return JSON.stringify([conversation.answeredBy, conversation.name, conversation.transcriptHash]);
}

/** Every thread that a run of the demo began, oldest first, with how far it came. */
export async function surveyThreads(registry: EntityRegistry): Promise<Survey> {
  const found: Found[] = [];
  const damaged: DamagedRecord[] = [];
  const byConversation = new Map<string, Found[]>();
  for await (const { ecsId } of registry.versions(ConversationRecord, { headsOnly: true })) {
    const record = await readRecord(registry, ecsId);
    if ("problem" in record) {
      damaged.push(record);
      continue;
    }
    const entry = { record, reading: await readThread(registry, record) };
    found.push(entry);
    const key = conversationKey(record);
    byConversation.set(key, [...(byConversation.get(key) ?? []), entry]);
  }
  const current = new Set(
    [...byConversation.values()].map(
      (entries) => entries.find(({ reading }) => reading.state === "complete") ?? entries.at(-1),
    ),
  );
  const threads = found.map((entry): SurveyedThread => {
    const { record, reading } = entry;
    const status = current.has(entry) ? reading.state : "superseded";
    return { record, thread: record.thread, status, figures: reading.figures };
  });
  return { threads, damaged };
}

async function readRecord(
  registry: EntityRegistry,
  ecsId: EcsId,
): Promise<ConversationRecord | DamagedRecord> {
  try {
    const record = await registry.getOrThrow(ConversationRecord, ecsId);
    if (record.input instanceof InputFile) return record;
    throw new UnexpectedEntity(`input of ${JSON.stringify(record.name)} is no demo.InputFile`);
  } catch (error) {
    return { ecsId, problem: damageText(error) };
  }
}

interface Found {
  readonly record: ConversationRecord;
  readonly reading: Reading;
}

/** What one thread holds, whatever others there are. */
interface Reading {
  readonly state: "complete" | "partial" | "damaged";
  readonly figures: ThreadFigures;
}

async function readThread(registry: EntityRegistry, record: ConversationRecord): Promise<Reading> {
  try {
    const thread = await registry.latest(ChatThread, record.thread);
    if (thread === undefined) return { state: "partial", figures: nothing };
    const whole = isComplete(record, threadMessages(thread));
    return { state: whole ? "complete" : "partial", figures: threadFigures(thread) };
  } catch (error) {
    damageText(error);
    return { state: "damaged", figures: nothing };
  }
}

function isComplete(record: ConversationRecord, messages: readonly CanonicalMessage[]): boolean {
  if (record.answeredBy === "transcript") return transcriptHash(messages) === record.transcriptHash;
  const last = messages.at(-1);
  const users = messages.filter(({ role }) => role === "user").length;
  if (last === undefined || users !== record.turns) return false;
  if (record.endsWith === "user") return last.role === "user";
  return last.role === "assistant" && last.toolCalls.length === 0;
}
