import type { EntityRegistry, LineageId } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { UsageError } from "../cli/usage-error.ts";
import { shortId } from "../cli/short-id.ts";
import { surveyThreads, type SurveyedThread } from "../storage/survey.ts";
import { matchId } from "./match-id.ts";

export interface FoundThread {
  readonly lineageId: LineageId;
  /** Absent for a thread that no run of the demo made. */
  readonly surveyed: SurveyedThread | undefined;
}

/** Every thread in the storage, oldest first. */
export async function allThreads(registry: EntityRegistry): Promise<readonly FoundThread[]> {
  const { threads } = await surveyThreads(registry);
  const surveyed = new Map(threads.map((found) => [found.thread, found]));
  const lineages = new Set<LineageId>(surveyed.keys());
  for await (const { lineageId } of registry.versions(ChatThread)) lineages.add(lineageId);
  return [...lineages].map((lineageId) => ({ lineageId, surveyed: surveyed.get(lineageId) }));
}

/**
 * The thread that a user means: by the name of its conversation, or by its id, whole or the end of it. Of the threads of
 * one conversation the name means the one that counts.
 *
 * @throws UsageError when there is none, or more than one.
 */
export async function findThread(registry: EntityRegistry, text: string): Promise<FoundThread> {
  const threads = await allThreads(registry);
  const named = threads.filter(
    ({ surveyed }) => surveyed?.record.name === text && surveyed.status !== "superseded",
  );
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  if (named.length > 1)
    throw new UsageError(
      `${named.length} threads are named ${JSON.stringify(text)}: ${named.map(({ lineageId }) => shortId(lineageId)).join(", ")}; give an id`,
    );
  const id = matchId(text, new Set(threads.map(({ lineageId }) => lineageId)), "thread");
  const found = threads.find(({ lineageId }) => lineageId === id);
  if (found !== undefined) return found;
  throw new UsageError(
    `No thread has the name or id ${JSON.stringify(text)}; "demo threads" lists them`,
  );
}
