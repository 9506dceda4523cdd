import type { EcsId, NamedRef, Page, PageOf, RefQuery } from "@mi/ecs";
import { takePage } from "./page.ts";
import { insertSorted, lowerBound } from "./sorted.ts";

/** The named refs, kept sorted by UTF-16 code units, which is how strings compare. */
export class NamedRefs {
  readonly #targets = new Map<string, EcsId>();
  readonly #names: string[] = [];

  get(name: string): EcsId | undefined {
    return this.#targets.get(name);
  }

  set(name: string, to: EcsId): void {
    insertSorted(this.#names, name, (a, b) => a < b);
    this.#targets.set(name, to);
  }

  delete(name: string): void {
    if (!this.#targets.delete(name)) return;
    this.#names.splice(
      lowerBound(this.#names, (other) => other < name),
      1,
    );
  }

  list({ names, prefix = "" }: RefQuery, page: PageOf): Page<NamedRef> {
    const wanted = names === undefined ? undefined : new Set(names);
    const found = takePage(
      {
        kind: "ref",
        items: this.#names,
        keyOf: (name) => name,
        parseKey: (text) => text,
        matches: (name) => name.startsWith(prefix) && (wanted?.has(name) ?? true),
      },
      page,
    );
    return { items: found.items.flatMap((name) => this.#named(name)), next: found.next };
  }

  #named(name: string): readonly NamedRef[] {
    const to = this.#targets.get(name);
    return to === undefined ? [] : [Object.freeze({ name, to })];
  }
}
