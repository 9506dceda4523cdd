import { StorageError } from "@mi/ecs";
import type { Kysely } from "kysely";

/** A transaction of the caller's, of whatever tables. */
export type CallersTransaction = Pick<Kysely<unknown>, "executeQuery" | "isTransaction">;

/** @throws StorageError with code MI_STORAGE_USAGE for a Kysely that is no transaction. */
export function requireTransaction({ isTransaction }: CallersTransaction, place: string): void {
  if (!isTransaction)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `within() of ${place} takes a transaction; call it inside db.transaction().execute(...)`,
    );
}

export function clearedWithin(place: string): StorageError {
  return new StorageError(
    "MI_STORAGE_USAGE",
    `${place} can't be cleared inside a transaction of yours; call clear() of the storage itself`,
  );
}
