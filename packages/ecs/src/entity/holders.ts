/** How often one entity holds another: in lists, and anywhere else. */
interface Hold<Holder extends object> {
  readonly holder: WeakRef<Holder>;
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
  // Nearly every entity has one holder: most need no map.
  #first: Hold<Holder> | undefined;
  #others: Map<WeakRef<Holder>, Hold<Holder>> | undefined;
  #sweepAt = 16;

  add(holder: Holder, inList: boolean): void {
    const hold = this.#holdOf(holder) ?? this.#newHold(holder);
    if (inList) hold.lists++;
    else hold.elsewhere++;
  }

  /** Answers whether the holder holds it no more. */
  remove(holder: Holder, inList: boolean): boolean {
    const hold = this.#holdOf(holder);
    if (hold === undefined) return true;
    if (inList) hold.lists--;
    else hold.elsewhere--;
    if (hold.lists > 0 || hold.elsewhere > 0) return false;
    if (hold === this.#first) this.#first = undefined;
    else this.#others?.delete(holder.weak);
    return true;
  }

  has(holder: Holder): boolean {
    return this.#holdOf(holder) !== undefined;
  }

  /** In how many places of `holder`'s lists the entity stands. */
  timesInLists(holder: Holder): number {
    return this.#holdOf(holder)?.lists ?? 0;
  }

  *[Symbol.iterator](): Generator<Holder> {
    const first = this.#first?.holder.deref();
    if (first !== undefined) yield first;
    for (const weak of this.#others?.keys() ?? []) {
      const holder = weak.deref();
      if (holder !== undefined) yield holder;
    }
  }

  #holdOf(holder: Holder): Hold<Holder> | undefined {
    return this.#first?.holder === holder.weak ? this.#first : this.#others?.get(holder.weak);
  }

  #newHold(holder: Holder): Hold<Holder> {
    const hold: Hold<Holder> = { holder: holder.weak, lists: 0, elsewhere: 0 };
    if (this.#first === undefined) {
      this.#first = hold;
      return hold;
    }
    const others = (this.#others ??= new Map<WeakRef<Holder>, Hold<Holder>>());
    if (others.size >= this.#sweepAt) this.#sweep(others);
    others.set(holder.weak, hold);
    return hold;
  }

  /** Forgets holders that were collected; at each doubling, so that an add stays cheap on average. */
  #sweep(others: Map<WeakRef<Holder>, Hold<Holder>>): void {
    for (const weak of others.keys()) if (weak.deref() === undefined) others.delete(weak);
    this.#sweepAt = Math.max(16, 2 * others.size);
  }
}
