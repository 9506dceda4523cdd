import type { Cursor, Page } from "./contract.ts";

const PAGE = 1000;

/** Every page of a listing, one after the other, as they are asked for. */
export async function* allPages<T>(
  read: (after: Cursor | undefined, limit: number) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let after: Cursor | undefined;
  do {
    const page = await read(after, PAGE);
    if (page.items.length > 0) yield page.items;
    after = page.next;
  } while (after !== undefined);
}
