import type { Budget } from "../clause.ts";

/** Milliseconds that a clause may take by default: far more than any needs on a slow machine. */
export const defaultTimeLimits: Readonly<Record<Budget, number>> = {
  gate: 60_000,
  soak: 30 * 60_000,
};

/** The longest that a timer can wait; a longer one would fire at once. */
export const longestTimeLimit = 2 ** 31 - 1;

/**
 * What `work` answers. When it takes longer than `limit` milliseconds the answer is that of `late`, and whatever the
 * work does later is ignored: a promise can't be stopped. Work that never yields can't be interrupted at all.
 */
export async function withinTime<T>(
  limit: number,
  work: () => Promise<T>,
  late: () => never,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<"expired">((resolve) => {
    timer = setTimeout(() => resolve("expired"), limit);
  });
  const working = work().then((value) => ({ value }));
  try {
    const first = await Promise.race([working, expired]);
    return first === "expired" ? late() : first.value;
  } finally {
    clearTimeout(timer);
    // Late failures were reported as what they are: late.
    working.catch(() => undefined);
  }
}
