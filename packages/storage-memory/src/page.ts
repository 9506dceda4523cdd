import { StorageError } from "@mi/ecs";
import type { Page, PageOf } from "@mi/ecs";
import { lowerBound } from "./sorted.ts";

/** One listing: what it is over, and where in its order an item stands. */
export interface Listing<T, Key extends number | string> {
  /** Begins each of its cursors, so that a cursor of another listing is noticed. */
  readonly kind: string;
  /** Ascending by key, each key once. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => Key;
  readonly parseKey: (text: string) => Key;
  readonly matches: (item: T) => boolean;
}

/**
 * A cursor holds the key of the last item that was given out. Keys of versions and commits only grow, so no later
 * write changes what a page before a cursor holds.
 */
export function takePage<T, Key extends number | string>(
  listing: Listing<T, Key>,
  page: PageOf,
): Page<T> {
  const { items, keyOf, matches } = listing;
  const { limit, descending = false } = page;
  if (!Number.isInteger(limit) || limit < 1)
    throw usage(`The limit of a page must be a whole number of 1 or more, got ${limit}`);
  const step = descending ? -1 : 1;
  const found: T[] = [];
  for (let i = startOf(listing, page.after, descending); i >= 0 && i < items.length; i += step) {
    const item = items[i];
    if (item === undefined || !matches(item)) continue;
    const last = found.at(-1);
    if (found.length === limit && last !== undefined)
      return { items: found, next: `${listing.kind}:${keyOf(last)}` };
    found.push(item);
  }
  return { items: found, next: undefined };
}

function startOf<T, Key extends number | string>(
  { kind, items, keyOf, parseKey }: Listing<T, Key>,
  after: string | undefined,
  descending: boolean,
): number {
  if (after === undefined) return descending ? items.length - 1 : 0;
  if (!after.startsWith(`${kind}:`))
    throw usage(`${JSON.stringify(after)} is no cursor of this listing; pass the next of a page`);
  const key = parseKey(after.slice(kind.length + 1));
  return descending
    ? lowerBound(items, (item) => keyOf(item) < key) - 1
    : lowerBound(items, (item) => keyOf(item) <= key);
}

/** The key of a listing that is ordered by whole numbers. */
export function parseNumberKey(text: string): number {
  const key = Number(text);
  if (text === "" || !Number.isInteger(key))
    throw usage(`The cursor ends in ${JSON.stringify(text)}; pass the next of a page unchanged`);
  return key;
}

function usage(message: string): StorageError {
  return new StorageError("MI_STORAGE_USAGE", message);
}
