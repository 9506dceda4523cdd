import { Store } from "./store.ts";

let openStore: (medium: MemoryMedium) => Store;

/**
 * What several `MemoryStorage` instances keep together, as several connections share one database. It lives as long
 * as something refers to it.
 */
export class MemoryMedium {
  readonly #store = new Store();

  static {
    openStore = (medium) => medium.#store;
  }
}

/** The store of a medium: for this package alone, so that no user ever holds a mutable piece of it. */
export function storeOf(medium: MemoryMedium): Store {
  return openStore(medium);
}
