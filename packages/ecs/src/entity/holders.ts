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
export class Holders<Holder extends WeaklyHeld<Holder>> implements Hold {
  // Nearly every entity has one holder. It is kept right here: most need no map, nor an object for the hold.
  lists = 0;
  elsewhere = 0;
  #first: WeakRef<Holder> | undefined;
  #others: OtherHolders<Holder> | undefined;

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
    if (hold === this) this.#first = undefined;
    else this.#others?.holds.delete(holder.weak);
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
    const first = this.#first?.deref();
    if (first !== undefined) yield first;
    for (const weak of this.#others?.holds.keys() ?? []) {
      const holder = weak.deref();
      if (holder !== undefined) yield holder;
    }
  }

  #holdOf(holder: Holder): Hold | undefined {
    return this.#first === holder.weak ? this : this.#others?.holds.get(holder.weak);
  }

  #newHold(holder: Holder): Hold {
    if (this.#first === undefined) {
      this.#first = holder.weak;
      this.lists = 0;
      this.elsewhere = 0;
      return this;
    }
    return (this.#others ??= new OtherHolders<Holder>()).add(holder.weak);
  }
}

/** The holders but for one. */
class OtherHolders<Holder extends object> {
  readonly holds = new Map<WeakRef<Holder>, Hold>();
  #sweepAt = 16;

  add(holder: WeakRef<Holder>): Hold {
    if (this.holds.size >= this.#sweepAt) this.#sweep();
    const hold: Hold = { lists: 0, elsewhere: 0 };
    this.holds.set(holder, hold);
    return hold;
  }

  /** Forgets holders that were collected; at each doubling, so that an add stays cheap on average. */
  #sweep(): void {
    for (const weak of this.holds.keys()) if (weak.deref() === undefined) this.holds.delete(weak);
    this.#sweepAt = Math.max(16, 2 * this.holds.size);
  }
}
