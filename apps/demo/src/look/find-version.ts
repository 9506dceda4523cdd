import type { EcsId, EntityRegistry } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { UsageError } from "../cli/usage-error.ts";
import { turnsOf } from "../input/turns.ts";
import { threadMessages } from "../storage/thread-messages.ts";
import { pathToHead, threadTimeline } from "../storage/timeline.ts";
import { findThread } from "./find-thread.ts";
import { looksLikeId, matchId } from "./match-id.ts";

const pageSize = 1000;

/**
 * The version that a user means: its id, whole or the end of it; or a thread, which stands for its newest version; or
 * `THREAD@TURN`, the version after that turn.
 *
 * @throws UsageError when there is none, or more than one.
 */
export async function findVersion(registry: EntityRegistry, text: string): Promise<EcsId> {
  const ids = looksLikeId(text) ? await versionIds(registry) : [];
  const found = matchId(text, ids, "version");
  if (found !== undefined) return found;
  const atTurn = /^(?<thread>.+)@(?<turn>\d+)$/u.exec(text)?.groups;
  const name = atTurn?.["thread"] ?? text;
  const { lineageId } = await findThread(registry, name);
  const thread = await registry.latest(ChatThread, lineageId);
  if (thread === undefined)
    throw new UsageError(`Of the thread ${JSON.stringify(name)} nothing is stored`);
  if (atTurn === undefined) return thread.ecsId;
  const turns = turnsOf(threadMessages(thread));
  const turn = turns.find(({ number }) => number === Number(atTurn["turn"]));
  if (turn === undefined)
    throw new UsageError(`${name} has the turns 1 to ${turns.length}, no turn ${atTurn["turn"]}`);
  const length = turn.end - (thread.systemPrompt === null ? 0 : 1);
  const versions = pathToHead(await threadTimeline(registry, lineageId), thread.ecsId);
  const version = versions.findLast((candidate) => candidate.length === length);
  if (version !== undefined) return version.ecsId;
  throw new UsageError(`${name} has no version that ends with turn ${turn.number}`);
}

async function versionIds(registry: EntityRegistry): Promise<readonly EcsId[]> {
  const ids: EcsId[] = [];
  let after: string | undefined;
  do {
    const page = await registry.storage.versions({}, { after, limit: pageSize });
    for (const { ecsId } of page.items) ids.push(ecsId);
    after = page.next;
  } while (after !== undefined);
  return ids;
}
