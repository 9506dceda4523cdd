/** How often one entity holds another: in lists, and anywhere else. */
interface Hold {
  lists: number;
  elsewhere: number;
}

/** Has one weak reference to itself, always the same. */
export interface WeaklyHeld<Self extends object> {
  readonly weak: WeakRef<Self>;
}

/**
 * Who holds an entity, upwards. Held weakly: a tool or a setting that a thousand threads have used must not keep those
 * threads in memory.
 */
export class Holders<Holder extends WeaklyHeld<Holder>> {
  readonly #holds = new Map<WeakRef<Holder>, Hold>();
  #sweepAt = 16;

  add(holder: Holder, inList: boolean): void {
    const hold = this.#holds.get(holder.weak);
    if (hold !== undefined) {
      if (inList) hold.lists++;
      else hold.elsewhere++;
      return;
    }
    if (this.#holds.size >= this.#sweepAt) this.#sweep();
    this.#holds.set(holder.weak, { lists: inList ? 1 : 0, elsewhere: inList ? 0 : 1 });
  }

  /** Answers whether the holder holds it no more. */
  remove(holder: Holder, inList: boolean): boolean {
    const hold = this.#holds.get(holder.weak);
    if (hold === undefined) return true;
    if (inList) hold.lists--;
    else hold.elsewhere--;
    if (hold.lists > 0 || hold.elsewhere > 0) return false;
    this.#holds.delete(holder.weak);
    return true;
  }

  /** In how many places of `holder`'s lists the entity stands. */
  timesInLists(holder: Holder): number {
    return this.#holds.get(holder.weak)?.lists ?? 0;
  }

  *[Symbol.iterator](): Generator<Holder> {
    for (const weak of this.#holds.keys()) {
      const holder = weak.deref();
      if (holder !== undefined) yield holder;
    }
  }

  /** Forgets holders that were collected; at each doubling, so that an add stays cheap on average. */
  #sweep(): void {
    for (const weak of this.#holds.keys()) if (weak.deref() === undefined) this.#holds.delete(weak);
    this.#sweepAt = Math.max(16, 2 * this.#holds.size);
  }
}
