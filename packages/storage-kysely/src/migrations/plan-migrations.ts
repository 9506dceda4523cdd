import { StorageError } from "@mi/ecs";

/** One step of the schema. Frozen once it was released: a change of mind is a further step. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** A step that a database has taken. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
}

/**
 * The steps that a database still needs. The caller holds the lock under which it read `applied`, and takes the steps
 * under the same lock.
 *
 * @throws StorageError MI_STORAGE_SCHEMA_NEWER when the database has steps that this program doesn't know.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  place: string,
): readonly Migration[] {
  const newer = applied.find(({ number }) => number > known.length);
  if (newer !== undefined)
    throw new StorageError(
      "MI_STORAGE_SCHEMA_NEWER",
      `${place} has schema ${newer.number} (${newer.name}), this program knows up to ${known.length}; update @mi/storage-kysely`,
      { details: { place, found: newer.number, known: known.length } },
    );
  const done = new Map(applied.map(({ number, name }) => [number, name]));
  for (const { number, name } of known.slice(0, applied.length)) {
    if (done.get(number) !== name)
      throw new StorageError(
        "MI_STORAGE_OPEN",
        `${place} has another schema ${number} (${done.get(number) ?? "none"} instead of ${name}); it was not made by this program`,
        { details: { place, number } },
      );
  }
  return known.slice(applied.length);
}
