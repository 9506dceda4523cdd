import { StorageError } from "@mi/ecs";
import type { Kysely } from "kysely";

/** A transaction of the caller's, of whatever tables. */
export type CallersTransaction = Pick<Kysely<unknown>, "executeQuery" | "isTransaction">;

/** @throws StorageError with code MI_STORAGE_USAGE for a Kysely that is no transaction. */
export function requireTransaction(
  transaction: CallersTransaction | undefined,
  place: string,
): void {
  if (transaction?.isTransaction !== true)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `within() takes a transaction of Kysely; call it inside db.transaction().execute(...)`,
      { details: { place } },
    );
}

/** Of a transaction that isn't there any more, or is one of another database. */
export function outsideTransaction(place: string, cause?: unknown): StorageError {
  return new StorageError(
    "MI_STORAGE_USAGE",
    `${place} has no such transaction: it has ended, or is one of another connection; use a view inside the transaction that it was made for`,
    { cause, details: { place } },
  );
}

export function clearedWithin(place: string): StorageError {
  return new StorageError(
    "MI_STORAGE_USAGE",
    `${place} can't be cleared inside a transaction of yours; call clear() of the storage itself`,
  );
}
