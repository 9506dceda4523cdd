import type { EntityRegistry } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { shortId } from "../cli/short-id.ts";
import { transcriptHash, type CanonicalMessage } from "../input/canonical-message.ts";
import { turnAt, turnsOf, type Turn } from "../input/turns.ts";
import { damagedMessages, damageText } from "../storage/damage.ts";
import type { SurveyedThread } from "../storage/survey.ts";
import { threadMessages } from "../storage/thread-messages.ts";
import { pathToHead, threadTimeline, type ThreadVersion } from "../storage/timeline.ts";
import { firstDifference } from "./first-difference.ts";
import { inconsistency } from "./inconsistency.ts";
import { sample } from "./sample.ts";
import { verifyRequests } from "./verify-requests.ts";

/**
 * What the messages of a thread were held against:
 * - `transcript`: the messages of the input, one by one.
 * - `hash`: the hash of the transcript that was recorded when it was run; the input isn't there any more.
 * - `consistency`: a real service answered, so only the user turns and the form of the conversation are known.
 */
export type VerifiedAgainst = "transcript" | "hash" | "consistency";

export interface ThreadReport {
  readonly against: VerifiedAgainst;
  readonly messages: number;
  readonly turns: number;
  /** The turns whose version was loaded and compared. */
  readonly turnsLoaded: number;
  /** The requests that were made again from the versions of those turns, and had the hash of what was sent. */
  readonly requestsRebuilt: number;
  /** Each names turn and message; none if all is well. */
  readonly problems: readonly string[];
}

/** Of a longer thread so many turns are sampled: each costs the load of a whole version. */
const mostTurnsLoaded = 40;

/**
 * Holds one stored thread against its transcript: all its messages, and the version after each turn, which must hold
 * exactly the messages up to there.
 *
 * @param transcript the messages of the input; `undefined` when they aren't there any more
 */
export async function verifyThread(
  registry: EntityRegistry,
  surveyed: SurveyedThread,
  transcript: readonly CanonicalMessage[] | undefined,
): Promise<ThreadReport> {
  const against = howToVerify(surveyed, transcript);
  const nothing = { against, messages: 0, turns: 0, turnsLoaded: 0, requestsRebuilt: 0 };
  try {
    const thread = await registry.latest(ChatThread, surveyed.record.thread);
    if (thread !== undefined)
      return { ...nothing, ...(await verifyStored(registry, thread, surveyed, transcript)) };
    return {
      ...nothing,
      problems: surveyed.status === "superseded" ? [] : ["nothing of it is stored"],
    };
  } catch (error) {
    const problem = damageText(error);
    const problems = await damageProblems(registry, surveyed, transcript);
    return { ...nothing, problems: problems.length > 0 ? problems : [problem] };
  }
}

async function verifyStored(
  registry: EntityRegistry,
  thread: ChatThread,
  surveyed: SurveyedThread,
  transcript: readonly CanonicalMessage[] | undefined,
): Promise<Omit<ThreadReport, "against">> {
  const stored = threadMessages(thread);
  const wholeProblem = messagesProblem(stored, surveyed, transcript);
  const problems = wholeProblem === undefined ? [] : [wholeProblem];
  // What the thread holds now has been held against the transcript, so its versions can be held against either.
  const isReplay = howToVerify(surveyed, transcript) === "transcript";
  const expected = (isReplay ? transcript : undefined) ?? stored;
  const versions = pathToHead(await threadTimeline(registry, thread.lineageId), thread.ecsId);
  const systemMessages = thread.systemPrompt === null ? 0 : 1;
  const turns = turnsOf(stored);
  const toLoad = new Set(sample(turns, mostTurnsLoaded));
  const inLoadedTurns = new Set<ThreadVersion>();
  let answers = 0;
  for (const turn of turns) {
    const version = versions.findLast(({ length }) => length + systemMessages === turn.end);
    if (version === undefined)
      problems.push(`turn ${turn.number}: no version holds exactly the first ${turn.end} messages`);
    else if (toLoad.has(turn)) {
      const problem = await versionProblem(registry, version, turn, expected);
      if (problem !== undefined) problems.push(problem);
      answers += stored
        .slice(turn.start, turn.end)
        .filter(({ role }) => role === "assistant").length;
      for (const one of versions)
        if (one.length + systemMessages > turn.start && one.length <= version.length)
          inLoadedTurns.add(one);
    }
  }
  const requests = await verifyRequests(registry, thread.lineageId, inLoadedTurns, answers);
  return {
    messages: stored.length,
    turns: turns.length,
    turnsLoaded: toLoad.size,
    requestsRebuilt: requests.rebuilt,
    problems: [...problems, ...requests.problems],
  };
}

/** Which messages can't be read; the transcript says in which turn they are. */
async function damageProblems(
  registry: EntityRegistry,
  { record }: SurveyedThread,
  transcript: readonly CanonicalMessage[] = [],
): Promise<readonly string[]> {
  const system = transcript[0]?.role === "system" ? 1 : 0;
  const damaged = await damagedMessages(registry, record.thread).catch((error: unknown) => {
    damageText(error);
    return [];
  });
  return damaged.map(({ position, problem }) => {
    const index = position + system;
    const turn = transcript.length === 0 ? "" : `turn ${turnAt(transcript, index)}, `;
    return `${turn}messages[${index}]: ${problem}`;
  });
}

function howToVerify(
  { record }: SurveyedThread,
  transcript: readonly CanonicalMessage[] | undefined,
): VerifiedAgainst {
  if (record.answeredBy === "openai") return "consistency";
  return transcript === undefined ? "hash" : "transcript";
}

/** Of a thread that another one took the place of, only what it has is looked at. */
function messagesProblem(
  stored: readonly CanonicalMessage[],
  { record, status }: SurveyedThread,
  transcript: readonly CanonicalMessage[] | undefined,
): string | undefined {
  if (record.answeredBy === "openai")
    return status === "superseded" ? undefined : inconsistency(stored, status, transcript);
  if (transcript !== undefined)
    return difference(
      stored,
      status === "superseded" ? transcript.slice(0, stored.length) : transcript,
    );
  if (status === "superseded" || transcriptHash(stored) === record.transcriptHash) return undefined;
  return `its ${stored.length} messages don't have the hash of the transcript that was run; give the transcript with --input to see where they differ`;
}

async function versionProblem(
  registry: EntityRegistry,
  { ecsId }: ThreadVersion,
  turn: Turn,
  expected: readonly CanonicalMessage[],
): Promise<string | undefined> {
  const version = await registry.getOrThrow(ChatThread, ecsId);
  const problem = difference(threadMessages(version), expected.slice(0, turn.end));
  return problem && `the version after turn ${turn.number} (${shortId(ecsId)}): ${problem}`;
}

function difference(
  stored: readonly CanonicalMessage[],
  expected: readonly CanonicalMessage[],
): string | undefined {
  const found = firstDifference(stored, expected);
  return found && `turn ${found.turn}, messages[${found.index}]: ${found.what}`;
}
