import { StorageError } from "@mi/ecs";
import type { Commit } from "@mi/ecs";

/** With the `u` flag a surrogate matches only when it has no partner. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Refuses what a database would store as something else without a word. The record codec escapes such text inside
 * `data` and `metadata`; names and header texts are stored as they are.
 *
 * @throws StorageError with code MI_STORAGE_USAGE, before anything is written.
 */
export function checkStorable({ header, versions, refMoves }: Commit): void {
  checkText("createdAt of the commit", header.createdAt);
  checkText("operation", header.operation);
  checkText("actor", header.actor);
  checkText("reason", header.reason);
  checkText("correlationId", header.correlationId);
  checkText("metadata", header.metadata);
  for (const { record } of versions) {
    checkText("type", record.type);
    checkText("createdAt", record.createdAt);
    checkText("data", record.data);
    if (!Number.isSafeInteger(record.schemaVersion))
      throw new StorageError(
        "MI_STORAGE_USAGE",
        `The schema version of ${record.ecsId} must be a whole number, got ${record.schemaVersion}`,
      );
  }
  for (const { name } of refMoves) checkText("name of a ref", name);
}

function checkText(what: string, text: string | null): void {
  if (text === null || !LONE_SURROGATE.test(text)) return;
  throw new StorageError(
    "MI_STORAGE_USAGE",
    `The ${what} ${JSON.stringify(text.slice(0, 80))} has a lone surrogate, which no database keeps; make the text well formed`,
  );
}
