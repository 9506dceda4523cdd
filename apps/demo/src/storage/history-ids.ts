import type { EcsId, EntityRecord } from "@mi/ecs";
import { z } from "zod";

/** How a record says which of its lists is the history. */
const threadData = z.object({ history: z.object({ $list: z.number() }) });

/** The messages of a stored thread by id; nothing of them is read. */
export function historyIds(thread: EntityRecord): readonly EcsId[] {
  const { history } = threadData.parse(JSON.parse(thread.data));
  return [...(thread.lists[history.$list] ?? [])];
}
