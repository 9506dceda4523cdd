import { MiError, type EcsId, type EntityRegistry, type LineageId } from "@mi/ecs";
import { historyIds } from "./history-ids.ts";

/** Whether something couldn't be read because what is stored isn't what was stored. */
export function isDamage(error: unknown): error is MiError {
  return MiError.is(error) && error.code === "MI_STORAGE_CORRUPT";
}

/** One message of a thread that can't be read any more. */
export interface DamagedMessage {
  /** In the history, from 0. */
  readonly position: number;
  readonly problem: string;
}

/** The messages in the newest version of a thread that can't be read; none when that version itself can't be. */
export async function damagedMessages(
  registry: EntityRegistry,
  thread: LineageId,
): Promise<readonly DamagedMessage[]> {
  const head = (await registry.heads(thread)).at(-1);
  const record = head && (await readable(registry, head));
  if (record === undefined || "problem" in record) return [];
  const damaged: DamagedMessage[] = [];
  for (const [position, id] of historyIds(record).entries()) {
    const message = await readable(registry, id);
    if (message !== undefined && "problem" in message)
      damaged.push({ position, problem: message.problem });
  }
  return damaged;
}

async function readable(registry: EntityRegistry, id: EcsId) {
  try {
    return await registry.coldSnapshot(id);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { problem: error.message };
  }
}
