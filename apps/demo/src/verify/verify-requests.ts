import { OpenAIClient } from "@mi/clients";
import { MiError, type EcsId, type EntityRegistry, type LineageId } from "@mi/ecs";
import { rebuildRequest } from "@mi/threads";
import { counted } from "../cli/table.ts";
import type { ThreadVersion } from "../storage/timeline.ts";

export interface RequestsReport {
  readonly rebuilt: number;
  readonly problems: readonly string[];
}

/**
 * Makes requests again from the versions that were sent, and holds each against the hash of what was sent.
 *
 * @param answers how many answers these versions hold: each was sent for, so that a commit must name its request
 */
export async function verifyRequests(
  registry: EntityRegistry,
  thread: LineageId,
  versions: ReadonlySet<ThreadVersion>,
  answers: number,
): Promise<RequestsReport> {
  // Only the wording of requests is asked of it; it sends nothing.
  const client = new OpenAIClient({ apiKey: null, baseURL: "http://127.0.0.1" });
  const sequences = new Set([...versions].map(({ sequence }) => sequence));
  const problems: string[] = [];
  let rebuilt = 0;
  const found = await causes(registry, thread, sequences);
  if (found.length !== answers)
    problems.push(
      `the commits name ${counted(found.length, "request")} for ${counted(answers, "answer")} in the turns that were compared`,
    );
  for (const rawOutput of found) {
    try {
      await rebuildRequest(registry, rawOutput, client);
      rebuilt += 1;
    } catch (error) {
      if (!MiError.is(error)) throw error;
      problems.push(error.message);
    }
  }
  return { rebuilt, problems };
}

/** The raw outputs that made a thread's commits of these sequences. */
async function causes(
  registry: EntityRegistry,
  thread: LineageId,
  sequences: ReadonlySet<number>,
): Promise<readonly EcsId[]> {
  const found: EcsId[] = [];
  for await (const { sequence, cause } of registry.commits({ lineageId: thread }))
    if (sequences.has(sequence) && cause !== undefined) found.push(cause);
  return found;
}
