import { MiError, type EcsId, type EntityRegistry, type LineageId } from "@mi/ecs";
import { historyIds } from "./history-ids.ts";

/** Whether something couldn't be read because what is stored isn't what was stored. */
function isDamage(error: unknown): error is MiError {
  return MiError.is(error) && error.code === "MI_STORAGE_CORRUPT";
}

/** Something stored is readable, but isn't what has to stand in its place. */
export class UnexpectedEntity extends Error {
  override readonly name = "UnexpectedEntity";
}

/**
 * What to say of an error that came out of reading or comparing what is stored. Data that was changed behind the back of
 * the storage can fit its checksums and still break whoever relies on its types.
 *
 * @throws the error itself when it can't come from damaged data
 */
export function damageText(error: unknown): string {
  if (MiError.is(error)) return error.message;
  // By name: an error of Node itself is of another realm's class under a test runner.
  if (error instanceof Error || Object.prototype.toString.call(error) === "[object Error]") {
    const { name, message } = Object(error);
    if (dataErrors.has(name)) return `what is stored doesn't fit together: ${message}`;
  }
  throw error;
}

const dataErrors: ReadonlySet<unknown> = new Set([
  "UnexpectedEntity",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ZodError",
]);

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
