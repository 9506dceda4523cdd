import type { z } from "zod";
import { EntityValidationError, UnsupportedValueError } from "../errors.ts";
import type { EcsId } from "../ids.ts";
import { childSchema } from "../schema/schema-shape.ts";
import type { ListEdit } from "../storage/list-edit.ts";
import { RefList } from "../storage/ref-list.ts";
import { isPlainDescriptor } from "../values/plain-object.ts";
import { noteWrite, noteWriteOutside } from "../trace/note-write.ts";
import { guardedMethods, isLength, type GuardedArray } from "./array-methods.ts";
import { parseMember } from "./parse-value.ts";
import {
  stateOf,
  type IdOf,
  type ListStart,
  type TrackedList,
  type WarmState,
} from "./warm-state.ts";
import { wayTo, type Way } from "./way-to.ts";

const trackers = new WeakMap<object, ListTracker>();

/** The tracker of a list of entities that belongs to an entity; `undefined` for any other array. */
export function trackerOf(members: object): ListTracker | undefined {
  return trackers.get(members);
}

/**
 * A list of entities of one warm copy: the handler of the proxy that user code reads and changes. It notes which
 * positions were written, so that what changed is found without looking at the others.
 */
export class ListTracker implements ProxyHandler<unknown[]>, TrackedList, GuardedArray {
  readonly owner: WarmState;
  readonly field: string;
  readonly members: unknown[];
  readonly proxy: unknown[];
  readonly #memberSchema: z.core.$ZodType | undefined;
  readonly #schemaRulesOnWhole: boolean;

  start: ListStart | undefined;
  /** In how many places of its field the list stands: one that was replaced or taken out is its entity's no more. */
  #places = 0;
  /** Positions written since `start`, of those that it has. Positions beyond it count as written anyway. */
  #written = new Set<number>();

  constructor(
    owner: WarmState,
    field: string,
    schema: z.core.$ZodType | undefined,
    members: unknown[],
  ) {
    this.owner = owner;
    this.field = field;
    this.members = members;
    // On the prototype, not as a trap: reading a member must stay as quick as it is.
    Object.setPrototypeOf(members, guardedPrototype);
    this.#memberSchema = childSchema(schema, 0);
    this.#schemaRulesOnWhole = owner.type.fields.get(field)?.isCheckedByMember !== true;
    this.proxy = new Proxy(members, this);
    trackers.set(members, this);
    trackers.set(this.proxy, this);
  }

  get isTakenOut(): boolean {
    return this.#places === 0;
  }

  /** All members take this list's owner as their holder. */
  holdAll(): void {
    // While it stood nowhere its owner was told of no write.
    if (this.#places++ === 0 && this.start !== undefined) this.owner.touchList(this);
    for (const [index, member] of this.members.entries()) this.#take(member, index);
  }

  releaseAll(): void {
    this.#places--;
    for (const state of this.states()) this.owner.release(state, true);
  }

  *states(): Generator<WarmState> {
    for (const member of this.members) {
      const state = stateOf(member);
      if (state !== undefined) yield state;
    }
  }

  admit(values: readonly unknown[], at: number): readonly unknown[] {
    for (const [index, value] of values.entries())
      parseMember(this.owner, this.#memberSchema, value, () => this.#wayTo(at + index));
    return values;
  }

  moving<T>(work: () => T): T {
    return work();
  }

  set(members: unknown[], key: string | symbol, value: unknown): boolean {
    if (key === "length") return this.#setLength(members, value);
    const index = indexOf(key);
    if (index === undefined)
      throw new EntityValidationError(this.owner.type.name, this.owner.lineageId, [
        { path: this.#wayTo(), message: `a list has no property ${String(key)}` },
      ]);
    const before = members[index];
    if (value === before) return true;
    const state = parseMember(this.owner, this.#memberSchema, value, () => this.#wayTo(index));
    const { length } = members;
    this.#noteWrite(() => this.#restore(index, length, before));
    this.#write(index);
    members[index] = value;
    this.#take(state.entity, index);
    this.#let(before);
    return true;
  }

  defineProperty(
    members: unknown[],
    key: string | symbol,
    descriptor: PropertyDescriptor,
  ): boolean {
    if (!isPlainDescriptor(descriptor))
      return this.#refuse("members are no accessors, and stay writable");
    return this.set(members, key, descriptor.value);
  }

  /** Array methods leave holes in passing, behind the end and inside; one that stays is refused at a fork. */
  deleteProperty(members: unknown[], key: string | symbol): boolean {
    const index = indexOf(key);
    if (index === undefined || !(index in members)) return true;
    const before = members[index];
    const { length } = members;
    this.#noteWrite(() => this.#restore(index, length, before));
    this.#write(index);
    Reflect.deleteProperty(members, key);
    this.#let(before);
    return true;
  }

  /** It is an ordinary array to everybody who asks. */
  getPrototypeOf(): object {
    return Array.prototype;
  }

  setPrototypeOf(): boolean {
    return this.#refuse("a list keeps its prototype");
  }

  preventExtensions(): boolean {
    return this.#refuse("can't be frozen or sealed; Object.freeze() a copy");
  }

  #refuse(message: string): never {
    const { type, lineageId } = this.owner;
    throw new EntityValidationError(type.name, lineageId, [{ path: this.#wayTo(), message }]);
  }

  #setLength(members: unknown[], value: unknown): boolean {
    if (!isLength(value, members.length)) this.#refuseSparse(Number(value));
    if (value === members.length) return true;
    const removed = members.slice(value);
    this.#noteWrite(() => this.#lengthen(removed));
    for (let i = value; i < members.length; i++) this.#write(i);
    members.length = value;
    for (const member of removed) this.#let(member);
    return true;
  }

  /** Notes a write that is about to happen. What stands in no place is no part of the entity: its own concern, but undone too. */
  #noteWrite(undo: () => void): void {
    if (this.isTakenOut) noteWriteOutside(undo);
    else noteWrite(this.owner, undo);
  }

  /** Puts back what stood at a position before a write. */
  #restore(index: number, length: number, before: unknown): void {
    const now = this.members[index];
    this.#write(index);
    if (index >= length) this.members.length = length;
    else if (before === undefined) Reflect.deleteProperty(this.members, String(index));
    else this.members[index] = before;
    this.#take(before, index);
    this.#let(now);
  }

  #lengthen(removed: readonly unknown[]): void {
    for (const member of removed) {
      this.#write(this.members.length);
      // A hole that a delete left behind stays a hole.
      if (member === undefined) this.members.length++;
      else this.#take(member, this.members.push(member) - 1);
    }
  }

  #take(member: unknown, index: number): void {
    const state = stateOf(member);
    if (state === undefined) return;
    state.listIndex = index;
    if (!this.isTakenOut) this.owner.hold(state, true);
  }

  #let(member: unknown): void {
    const state = stateOf(member);
    if (state !== undefined && !this.isTakenOut) this.owner.release(state, true);
  }

  #write(index: number): void {
    if (this.start !== undefined && index < this.start.ids.length) this.#written.add(index);
    if (this.isTakenOut) return;
    if (this.#schemaRulesOnWhole) this.owner.touchInside(this.field);
    this.owner.touchList(this);
  }

  /** Where the list stands, or one of its members. */
  #wayTo(...index: readonly number[]): Way {
    return [...wayTo(this.owner, this.field, this.members), ...index];
  }

  #refuseSparse(index: number): never {
    throw new UnsupportedValueError(
      this.owner.type.name,
      this.owner.lineageId,
      this.#wayTo(index),
      "the list would be sparse; push() instead",
    );
  }

  ids(idOf: IdOf): RefList {
    // Not map(), which passes over holes.
    return RefList.from(Array.from(this.members, (_, index) => this.#idAt(index, idOf)));
  }

  edits(start: ListStart, changed: Iterable<WarmState>, idOf: IdOf): readonly ListEdit[] {
    const base = start.ids;
    const common = Math.min(base.length, this.members.length);
    const candidates = new Set<number>();
    for (const index of this.#written) if (index < common) candidates.add(index);
    for (const state of changed)
      for (const index of this.#positionsOf(state)) if (index < common) candidates.add(index);
    const differing = [...candidates]
      .filter((index) => this.#idAt(index, idOf) !== base.at(index))
      .sort((a, b) => a - b);
    const edits: ListEdit[] = [];
    if (base.length !== this.members.length) {
      // Positions behind an insertion or removal all differ: one edit with the common end cut off says it shortly.
      let from = common;
      while (differing.length > 0 && differing[differing.length - 1] === from - 1) {
        differing.pop();
        from--;
      }
      edits.push(this.#replaced(base, from, idOf));
    }
    return [...this.#runs(differing, idOf), ...edits];
  }

  #replaced(base: RefList, from: number, idOf: IdOf): ListEdit {
    let baseEnd = base.length;
    let end = this.members.length;
    while (baseEnd > from && end > from && base.at(baseEnd - 1) === this.#idAt(end - 1, idOf)) {
      baseEnd--;
      end--;
    }
    const insert: EcsId[] = [];
    for (let i = from; i < end; i++) insert.push(this.#idAt(i, idOf));
    return { at: from, remove: baseEnd - from, insert };
  }

  #runs(positions: readonly number[], idOf: IdOf): ListEdit[] {
    const runs: { at: number; remove: number; insert: EcsId[] }[] = [];
    for (const position of positions) {
      const last = runs[runs.length - 1];
      if (last !== undefined && last.at + last.remove === position) {
        last.remove++;
        last.insert.push(this.#idAt(position, idOf));
      } else runs.push({ at: position, remove: 1, insert: [this.#idAt(position, idOf)] });
    }
    return runs;
  }

  *#positionsOf(state: WarmState): Generator<number> {
    const times = state.timesInListsOf(this.owner);
    if (times === 0) return;
    if (this.members[state.listIndex] === state.entity) {
      yield state.listIndex;
      if (times === 1) return;
    }
    const hint = this.members[state.listIndex] === state.entity ? state.listIndex : -1;
    for (
      let index = this.members.indexOf(state.entity);
      index !== -1;
      index = this.members.indexOf(state.entity, index + 1)
    ) {
      if (index === hint) continue;
      state.listIndex = index;
      yield index;
    }
  }

  #idAt(index: number, idOf: IdOf): EcsId {
    const state = stateOf(this.members[index]);
    if (state === undefined) return this.#refuseSparse(index);
    return idOf(state);
  }

  takeWritten(): ReadonlySet<number> {
    const written = this.#written;
    this.#written = new Set();
    return written;
  }

  restore(start: ListStart | undefined, written: ReadonlySet<number>): void {
    this.start = start;
    for (const index of written) this.#written.add(index);
  }
}

const guardedPrototype: object = Object.create(Array.prototype, {
  constructor: { value: Array },
  ...Object.fromEntries(
    Object.entries(guardedMethods(trackerOf)).map(([name, value]) => [name, { value }]),
  ),
});

function indexOf(key: string | symbol): number | undefined {
  if (typeof key !== "string") return undefined;
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && String(index) === key ? index : undefined;
}
