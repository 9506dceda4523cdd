import { setImmediate } from "node:timers";

/** About how many characters of content may stay in memory for nobody. */
const LIMIT = 2 ** 23;
/** What a warm copy takes beside its content, in characters. */
const COPY = 500;

/**
 * Counts what JavaScript can't let go of yet. Whatever a weak reference was made to, or was found by one, stays in memory
 * until the running job ends, and each warm copy that holds others is known to them by a weak reference. A job that only
 * waits for promises never ends: over a storage that answers at once, a loop of loads would keep each of them.
 */
export class KeptCopies {
  #size = 0;

  add(records: Iterable<{ readonly record: { readonly data: string } }>): void {
    for (const { record } of records) this.#size += record.data.length + COPY;
  }

  /** Waits for one turn of the event loop when it is time to; what follows an answer of the storage may wait. */
  letGo(): Promise<void> | undefined {
    if (this.#size < LIMIT) return undefined;
    this.#size = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
