import { StorageError } from "@mi/ecs";
import type { Cursor, Page, PageOf } from "@mi/ecs";

/** Which listing a cursor belongs to. */
export type Listing = "version" | "commit" | "ref";

/** The cursor of the page after the item with this key. */
export function cursorAfter(listing: Listing, key: string): Cursor {
  return Buffer.from(`${listing}:${key}`).toString("base64url");
}

/**
 * The key that a cursor was made of.
 *
 * @throws StorageError with code MI_STORAGE_USAGE for a cursor of another listing.
 */
export function keyOfCursor(listing: Listing, cursor: Cursor): string {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!text.startsWith(`${listing}:`)) throw notACursor(listing, cursor);
  return text.slice(listing.length + 1);
}

/** As {@link keyOfCursor}, for a listing whose keys are whole numbers. */
export function numberOfCursor(listing: Listing, cursor: Cursor): number {
  const key = Number(keyOfCursor(listing, cursor));
  if (!Number.isSafeInteger(key)) throw notACursor(listing, cursor);
  return key;
}

/** How many rows to ask for: one more than the page has, to see whether there is a further one. */
export function rowsOf({ limit }: PageOf): number {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `The limit of a page must be a whole number of 1 or more, got ${limit}`,
    );
  return limit + 1;
}

/** The page of rows that were asked for with {@link rowsOf}. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  { limit }: PageOf,
  item: (row: Row) => T,
  cursor: (row: Row) => Cursor,
): Page<T> {
  const taken = rows.length > limit ? rows.slice(0, limit) : rows;
  const last = taken.at(-1);
  return {
    items: taken.map(item),
    next: rows.length > limit && last !== undefined ? cursor(last) : undefined,
  };
}

function notACursor(listing: Listing, cursor: Cursor): StorageError {
  return new StorageError(
    "MI_STORAGE_USAGE",
    `${JSON.stringify(cursor)} is no cursor of a listing of ${listing}s; pass the next of a page`,
  );
}
