import { UsageError } from "../cli/usage-error.ts";
import type { CanonicalMessage } from "../input/canonical-message.ts";
import type { Conversation } from "../input/conversation.ts";
import { readConversations, type Input } from "../input/read-conversations.ts";
import type { ConversationRecord } from "../storage/demo-entities.ts";
import type { SurveyedThread } from "../storage/survey.ts";

/** What each stored thread has to equal. */
export interface Transcripts {
  /** Why some could not be looked up. */
  readonly notes: readonly string[];
  /** By the lineage id of the thread; those that could not be looked up are left out. */
  readonly byThread: ReadonlyMap<string, readonly CanonicalMessage[]>;
}

type ByName = ReadonlyMap<string, Conversation>;

/**
 * The transcripts of stored threads: by name from the input that is given, else from the files that were recorded when the
 * threads were run, as far as these hold the same conversations still.
 */
export async function findTranscripts(
  threads: readonly SurveyedThread[],
  given: Input | undefined,
): Promise<Transcripts> {
  const notes = new Set<string>();
  const givenNames = byName(given);
  const recorded = new Map<string, ByName>();
  for (const path of new Set(threads.map(({ record }) => record.input.path)))
    recorded.set(path, path === given?.path ? givenNames : await readIfThere(path, notes));

  const byThread = new Map<string, readonly CanonicalMessage[]>();
  for (const { record, thread } of threads) {
    const { name, transcriptHash, input } = record;
    const fromGiven = givenNames.get(name);
    const fromRun = recorded.get(input.path)?.get(name);
    if (fromGiven !== undefined && !isOfAnother(fromGiven, record, threads))
      byThread.set(thread, fromGiven.messages);
    else if (fromRun?.transcriptHash === transcriptHash) byThread.set(thread, fromRun.messages);
    else if (recorded.get(input.path)?.size !== 0)
      notes.add(`${input.path} no longer holds ${JSON.stringify(name)} as it was run`);
  }
  return { notes: [...notes], byThread };
}

/** Two inputs may use one name: a transcript that some other thread was run from is not meant for this one. */
function isOfAnother(
  { transcriptHash }: Conversation,
  record: ConversationRecord,
  threads: readonly SurveyedThread[],
): boolean {
  if (record.transcriptHash === transcriptHash) return false;
  return threads.some((other) => other.record.transcriptHash === transcriptHash);
}

function byName(input: Input | undefined): ByName {
  return new Map((input?.conversations ?? []).map((found) => [found.name, found]));
}

async function readIfThere(path: string, notes: Set<string>): Promise<ByName> {
  try {
    return byName(await readConversations(path));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    notes.add(error.message);
    return new Map();
  }
}
