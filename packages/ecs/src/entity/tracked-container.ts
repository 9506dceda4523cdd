import { types } from "node:util";
import type { z } from "zod";
import { UnsupportedValueError } from "../errors.ts";
import { childSchema, referenceList } from "../schema/schema-shape.ts";
import { isPlainDescriptor, moveToEnd, setOwn } from "../values/plain-object.ts";
import { ListTracker, trackerOf } from "./list-tracker.ts";
import { noteWrite, noteWriteOutside } from "../trace/note-write.ts";
import { currentTrace } from "../trace/trace.ts";
import { append, guardedMethods, isLength, type GuardedArray } from "./array-methods.ts";
import { copyIn } from "./parse-value.ts";
import { trackDate } from "./tracked-date.ts";
import { stateOf, type WarmState } from "./warm-state.ts";
import { wayTo, type Way } from "./way-to.ts";

/** Where a value stands: in which field of which warm copy, and what its schema says there. */
export interface Place {
  readonly owner: WarmState;
  readonly field: string;
  readonly schema: z.core.$ZodType | undefined;
  /** For a value that was loaded: the arrays in it that its record keeps as lists of entities. */
  readonly stored?: StoredLists | undefined;
}

/** How a record keeps the arrays of a value that was loaded. */
export interface StoredLists {
  readonly lists: ReadonlySet<object>;
  /** Set when the present schema keeps one of them in another way. */
  areOther: boolean;
}

// Both from the raw container, and from its proxy.
const containers = new WeakMap<object, TrackedContainer>();

/** The form of a field's value that user code may read and change: writes to it are noticed. */
export function handOut(
  value: unknown,
  owner: WarmState,
  field: string,
  schema: z.core.$ZodType,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  return handedOut(value) ?? new TrackedContainer(value, { owner, field, schema }, 1, 1).proxy;
}

/** Whether a value is what user code was handed out for another one. */
export function isHandedOut(value: object, raw: unknown): boolean {
  return typeof raw === "object" && raw !== null && handedOut(raw) === value;
}

/** What was handed out for it before, or the value itself where that needs no guard. */
function handedOut(value: object): unknown {
  if (stateOf(value) !== undefined || types.isDate(value)) return value;
  return trackerOf(value)?.proxy ?? containers.get(value)?.proxy;
}

/**
 * Makes a copied value part of a field: lists of entities and dates get their trackers, every entity in it takes the
 * owner as its holder. Answers what to keep.
 */
export function adopt(value: unknown, place: Place): unknown {
  if (typeof value !== "object" || value === null) return value;
  const state = stateOf(value);
  if (state !== undefined) {
    place.owner.hold(state, false);
    return value;
  }
  if (types.isDate(value)) return trackDate(value, place.owner, place.field);
  if (Array.isArray(value)) return adoptArray(value, place);
  for (const [key, part] of Object.entries(value))
    setOwn(value, key, adopt(part, { ...place, schema: childSchema(place.schema, key) }));
  return value;
}

function adoptArray(value: unknown[], place: Place): unknown[] {
  const schema = referenceList(place.schema);
  const { stored } = place;
  // What a field of no schema holds is kept as it came.
  const isList = place.owner.type.fields.has(place.field)
    ? schema !== undefined
    : stored?.lists.has(value) === true;
  if (stored !== undefined && isList !== stored.lists.has(value)) stored.areOther = true;
  if (isList) {
    new ListTracker(place.owner, place.field, schema, value).holdAll();
    return value;
  }
  for (const [index, part] of value.entries())
    value[index] = adopt(part, { ...place, schema: childSchema(place.schema, index) });
  return value;
}

/** Undoes {@link adopt} for a value that leaves its field. */
export function abandon(value: unknown, owner: WarmState): void {
  if (typeof value !== "object" || value === null || types.isDate(value)) return;
  const state = stateOf(value);
  if (state !== undefined) return owner.release(state, false);
  const list = trackerOf(value);
  if (list !== undefined) return list.releaseAll();
  containers.get(value)?.leave();
  for (const part of Object.values(value)) abandon(part, owner);
}

/** A plain object or array inside a field: the handler of the proxy that user code holds. */
class TrackedContainer implements ProxyHandler<object>, GuardedArray {
  readonly raw: object;
  readonly proxy: object;
  readonly place: Place;

  /** In how many places of its field it stands: what was replaced or taken out is its entity's no more. */
  #places: number;
  readonly #depth: number;
  /** While an array method moves what stands in it. */
  #isMoving = false;

  /** @param depth how deep in its field its values stand */
  constructor(raw: object, place: Place, places: number, depth: number) {
    this.#depth = depth;
    this.#places = places;
    this.raw = raw;
    this.place = place;
    this.proxy = new Proxy(raw, this);
    containers.set(raw, this);
    containers.set(this.proxy, this);
  }

  enter(): void {
    this.#places++;
  }

  leave(): void {
    this.#places--;
  }

  admit(values: readonly unknown[], at: number): readonly unknown[] {
    const put = new Set<unknown>();
    return values.map((value, index) => {
      const back = this.#takenOut(value);
      if (back === undefined || put.has(back)) return this.#copy(value, String(at + index));
      put.add(back);
      return back;
    });
  }

  moving<T>(work: () => T): T {
    this.#isMoving = true;
    try {
      return work();
    } finally {
      this.#isMoving = false;
    }
  }

  get(raw: object, key: string | symbol, receiver: unknown): unknown {
    if (typeof key === "string" && Array.isArray(raw)) {
      const method = Object.hasOwn(arrayMethods, key) ? arrayMethods[key] : undefined;
      if (method !== undefined) return method;
    }
    const value: unknown = Reflect.get(raw, key, receiver);
    // What it inherits is nobody's data.
    if (!Object.hasOwn(raw, key)) return value;
    if (typeof key === "symbol" || typeof value !== "object" || value === null) return value;
    return this.#handOut(value, key);
  }

  getOwnPropertyDescriptor(raw: object, key: string | symbol): PropertyDescriptor | undefined {
    const own = Reflect.getOwnPropertyDescriptor(raw, key);
    if (own === undefined || typeof key === "symbol" || key === "length") return own;
    return { ...own, value: this.#handOut(own.value, key) };
  }

  set(raw: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === "symbol") this.#refuse(String(key), "a symbol is no property name");
    if (Array.isArray(raw) && key === "length") return this.#setLength(raw, value);
    if (Array.isArray(raw) && !/^\d+$/.test(key))
      this.#refuse(key, "a list has positions and nothing else");
    if (value === undefined && !Array.isArray(raw)) return this.deleteProperty(raw, key);
    const present = Reflect.getOwnPropertyDescriptor(raw, key);
    const before: unknown = present?.value;
    const { owner } = this.place;
    const own = this.#own(value);
    if (before !== undefined && (own ?? value) === before) return true;
    const moved = this.#isMoving ? own : this.#takenOut(value);
    const copied = moved ?? (this.#isMoving ? value : this.#copy(value, key));
    const length = Array.isArray(raw) ? raw.length : 0;
    this.#noteWrite(() => this.#restore(key, present, length));
    const put = moved ?? adopt(copied, this.#placeOf(key));
    setOwn(raw, key, put);
    if (this.isTakenOut) {
      // Ready for the day when this container is put back, and held by nobody until then.
      if (moved === undefined) abandon(put, owner);
      return true;
    }
    if (moved !== undefined) holdAll(moved, owner);
    abandon(before, owner);
    return true;
  }

  defineProperty(raw: object, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (!isPlainDescriptor(descriptor))
      this.#refuse(String(key), "data is no accessor, and stays writable");
    return this.set(raw, key, descriptor.value);
  }

  deleteProperty(raw: object, key: string | symbol): boolean {
    const before = Reflect.getOwnPropertyDescriptor(raw, key);
    if (before === undefined) return true;
    const length = Array.isArray(raw) ? raw.length : 0;
    const order = currentTrace() === undefined || Array.isArray(raw) ? [] : Object.keys(raw);
    this.#noteWrite(() => {
      this.#restore(key, before, length);
      // Key order is content: what stood behind the key stands behind it again.
      moveToEnd(raw, order.slice(order.indexOf(String(key)) + 1));
    });
    Reflect.deleteProperty(raw, key);
    if (!this.isTakenOut) abandon(before.value, this.place.owner);
    return true;
  }

  setPrototypeOf(): boolean {
    return this.#refuse(undefined, "plain data keeps its prototype");
  }

  preventExtensions(): boolean {
    return this.#refuse(undefined, "it can't be frozen or sealed; Object.freeze() a copy");
  }

  /** The raw container behind a value of this field that stands in no place of it any more: it can be put back as itself. */
  #takenOut(value: unknown): object | undefined {
    const own = this.#own(value);
    const tracked = own === undefined ? undefined : (containers.get(own) ?? trackerOf(own));
    return tracked?.isTakenOut === true ? own : undefined;
  }

  get isTakenOut(): boolean {
    return this.#places === 0;
  }

  #copy(value: unknown, key: string): unknown {
    const { owner, field } = this.place;
    const holdsReferences = owner.type.fields.get(field)?.mayHoldReferences === true;
    return copyIn(owner, value, () => this.#wayTo(key), holdsReferences, this.#depth);
  }

  /**
   * The raw container behind a value that was read from this very field: array methods shift and sort by reading and
   * writing back, and what user code holds of it must stay the same object.
   */
  #own(value: unknown): object | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const tracked = containers.get(value) ?? trackerOf(value);
    if (tracked === undefined) return undefined;
    const place = tracked instanceof TrackedContainer ? tracked.place : tracked;
    if (place.owner !== this.place.owner || place.field !== this.place.field) return undefined;
    const raw = tracked instanceof TrackedContainer ? tracked.raw : tracked.members;
    // Inside itself it would be a circle: a copy is taken, as of any other value.
    return contains(raw, this.raw) ? undefined : raw;
  }

  #setLength(raw: unknown[], value: unknown): boolean {
    if (!isLength(value, raw.length))
      this.#refuse("length", "the list would be sparse or have no such length; push() instead");
    if (value === raw.length) return true;
    const { owner, field } = this.place;
    const removed = raw.slice(value);
    this.#noteWrite(() => {
      append(raw, removed);
      if (this.isTakenOut) return;
      owner.touchInside(field);
      holdAll(removed, owner);
    });
    raw.length = value;
    if (!this.isTakenOut) abandon(removed, owner);
    return true;
  }

  /** Notes a write that is about to happen. What stands in no place is no part of the entity: its own concern, but undone too. */
  #noteWrite(undo: () => void): void {
    if (this.isTakenOut) return noteWriteOutside(undo);
    const { owner, field } = this.place;
    noteWrite(owner, undo);
    owner.touchInside(field);
  }

  /** Puts back what stood under a key before a write. */
  #restore(key: string | symbol, before: PropertyDescriptor | undefined, length: number): void {
    const { owner, field } = this.place;
    const now: unknown = Reflect.getOwnPropertyDescriptor(this.raw, key)?.value;
    if (before !== undefined) Object.defineProperty(this.raw, key, before);
    else Reflect.deleteProperty(this.raw, key);
    if (Array.isArray(this.raw)) this.raw.length = length;
    if (this.isTakenOut) return;
    owner.touchInside(field);
    holdAll(before?.value, owner);
    abandon(now, owner);
  }

  #handOut(value: unknown, key: string): unknown {
    if (typeof value !== "object" || value === null) return value;
    return (
      handedOut(value) ??
      new TrackedContainer(value, this.#placeOf(key), this.#places, this.#depth + 1).proxy
    );
  }

  #placeOf(key: string): Place {
    return { ...this.place, schema: childSchema(this.place.schema, key) };
  }

  /** Where the container stands, or what stands under a key of it. */
  #wayTo(key: string | undefined): Way {
    const way = wayTo(this.place.owner, this.place.field, this.raw);
    if (key === undefined) return way;
    return [...way, Array.isArray(this.raw) && /^\d+$/.test(key) ? Number(key) : key];
  }

  #refuse(key: string | undefined, reason: string): never {
    const { type, lineageId } = this.place.owner;
    throw new UnsupportedValueError(type.name, lineageId, this.#wayTo(key), reason);
  }
}

const arrayMethods = guardedMethods((array) => containers.get(array));

/** The owner takes hold again of every entity in a value that it once adopted. */
export function holdAll(value: unknown, owner: WarmState): void {
  if (typeof value !== "object" || value === null || types.isDate(value)) return;
  const state = stateOf(value);
  if (state !== undefined) return owner.hold(state, false);
  const list = trackerOf(value);
  if (list !== undefined) return list.holdAll();
  containers.get(value)?.enter();
  for (const part of Object.values(value)) holdAll(part, owner);
}

function contains(outer: object, inner: object): boolean {
  if (outer === inner) return true;
  if (trackerOf(outer) !== undefined) return false;
  return Object.values(outer).some(
    (part: unknown) =>
      typeof part === "object" &&
      part !== null &&
      stateOf(part) === undefined &&
      contains(part, inner),
  );
}
