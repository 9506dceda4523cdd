import type { CommitContext } from "../commit-context.ts";
import { makeLiveId, type EcsId, type LineageId, type LiveId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import type { EntityRecord, RefMove } from "../storage/contract.ts";
import type { ListEdit } from "../storage/list-edit.ts";
import type { RefList } from "../storage/ref-list.ts";
import type { EntityType } from "./entity-type.ts";
import type { TraceSeverity } from "../trace/severity.ts";
import { Holders } from "./holders.ts";

const NONE: readonly never[] = Object.freeze([]);

/** Under this key an entity answers its state. Not in the symbol registry: two copies of the package do not mix. */
export const STATE = Symbol("@mi/ecs state");

/** The state behind an entity; `undefined` for anything else. */
export function stateOf(value: unknown): WarmState | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const state: unknown = Reflect.get(value, STATE);
  return state instanceof WarmState ? state : undefined;
}

/** Type and lineage, for messages. */
export function nameOf({ type, lineageId }: WarmState): string {
  return `${type.name} ${lineageId}`;
}

/** As {@link stateOf}, for what must be an entity. @throws MiError of code MI_REGISTRY_USAGE */
export function requireState(value: object): WarmState {
  const state = stateOf(value);
  if (state !== undefined) return state;
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  throw new MiError(
    code,
    `expected an entity, an instance of a class made by entity(), got ${value === null ? "null" : `a plain ${typeof value}`}`,
  );
}

/** Gives the version that an entity will have: its new one inside a fork, else its present one. */
export type IdOf = (state: WarmState) => EcsId;

/** Where a list stands in the cold snapshot, and what it held there. */
export interface ListStart {
  readonly index: number;
  readonly ids: RefList;
}

/** A list of entities of one warm copy, as a fork sees it. */
export interface TrackedList {
  /** Undefined while the list is in no cold snapshot yet. */
  start: ListStart | undefined;
  /** The ids of all members as they stand. */
  ids(idOf: IdOf): RefList;
  /** What changed since `start`; looks only at positions that were written, and at those of `changed` members. */
  edits(start: ListStart, changed: Iterable<WarmState>, idOf: IdOf): readonly ListEdit[];
  /** The positions written so far, taken away: the list counts from its next start. `restore` undoes it. */
  takeWritten(): ReadonlySet<number>;
  restore(start: ListStart | undefined, written: ReadonlySet<number>): void;
  /** The members, in order. */
  states(): Iterable<WarmState>;
}

/** The fields of a warm copy as a record keeps them, references and lists still as they are in memory. */
export interface Content {
  readonly data: string;
  readonly schemaVersion: number;
  readonly refs: readonly WarmState[];
  readonly lists: readonly TrackedList[];
}

/** The cold snapshot that a warm copy stands on, and what it became in memory. */
export class Recorded {
  readonly record: EntityRecord;
  readonly #content: Content | undefined;
  readonly #ids: Ids | undefined;

  /**
   * @param content what the record became in memory; left out where the record holds no entity, which most do, so that ten
   *   thousand messages need no second object each
   */
  constructor(record: EntityRecord, content?: Content, ids?: Ids) {
    this.record = record;
    this.#content = content;
    this.#ids = ids;
  }

  /** What a copy stands on when its content is the record's, literally. */
  static as(record: EntityRecord, refs: readonly WarmState[], lists: Content["lists"]): Recorded {
    const { data, schemaVersion } = record;
    return new Recorded(record, { data, schemaVersion, refs, lists });
  }

  /**
   * The content right after the load or the commit: what is compared with. Its text is the record's own, unless the
   * record is of an older shape.
   */
  get content(): Content {
    const { data, schemaVersion } = this.record;
    return this.#content ?? { data, schemaVersion, refs: NONE, lists: NONE };
  }

  /** The versions of `content.refs` then. */
  get refIds(): readonly EcsId[] {
    return this.#ids?.refIds ?? this.record.refs;
  }

  /** The versions of `content.lists` then. */
  get listIds(): readonly RefList[] {
    return this.#ids?.listIds ?? this.record.lists;
  }

  withContent(content: Content): Recorded {
    return new Recorded(this.record, content, this.#ids);
  }
}

/** Where they aren't those of the record, because it is of an older shape. */
interface Ids {
  readonly refIds: readonly EcsId[];
  readonly listIds: readonly RefList[];
}

/** How a traced call ended. */
export interface EndedCall {
  readonly name: string | undefined;
  readonly severity: TraceSeverity;
  /** Whether it was part of another traced call. */
  readonly nested: boolean;
  readonly outcome: "returned" | "threw";
  /** What it threw. */
  readonly error?: unknown;
  readonly milliseconds: number;
  /** What it says about its commit, the forks and registrations inside it included. */
  readonly context: CommitContext;
}

/** Where a revert puts its version, and what its commit says. */
export interface RevertOptions {
  /** The head to put the new version on; needed when there are several and the entity stands on none of them. */
  readonly onto?: EcsId | undefined;
  readonly context?: CommitContext | undefined;
}

/** A named ref that a commit moves; an entity stands for the version that the commit leaves it at. */
export interface PlannedRefMove extends Omit<RefMove, "to"> {
  readonly to: RefMove["to"] | WarmState;
}

/** The registry as the entity layer sees it. */
export interface Home {
  reportCall(call: EndedCall): void;
  ancestors(state: WarmState): Promise<readonly EcsId[]>;
  /** @throws MiError of code MI_ENTITY_NOT_FOUND */
  snapshot(ecsId: EcsId): Promise<EntityRecord>;
  /** A new warm copy of each lineage's latest head; those without one are left out. */
  latest(lineages: readonly LineageId[]): Promise<readonly WarmState[]>;
  revert(state: WarmState, to: EcsId, options: RevertOptions): Promise<void>;
  fork(state: WarmState, context: CommitContext | undefined): Promise<void>;
  /** Forks several trees in one commit, which moves named refs too. */
  forkAll(
    states: readonly WarmState[],
    context: CommitContext | undefined,
    refMoves?: readonly PlannedRefMove[],
  ): Promise<void>;
}

/**
 * One warm copy: all that must not show on the object that user code holds.
 *
 * How a change is found: every write goes through the proxy of the entity or of a value that it handed out. A write marks
 * the field, and everybody up to the roots learns that something below may have changed (`changedChildren`). A fork or a
 * check then walks down the marks alone, compares the records of what was marked, and never looks at the rest. The
 * invariant: who holds a suspect entity has it in `changedChildren`, and is suspect too.
 */
export abstract class WarmState {
  readonly type: EntityType;
  readonly isUnknown: boolean;
  readonly lineageId: LineageId;
  readonly fromStorage: boolean;
  /** The load that made this copy: inside one load a version is one object. */
  readonly load: object | undefined;

  ecsId: EcsId;
  parentId: EcsId | null = null;
  mergedFromId: EcsId | null = null;
  createdAt: string;
  recorded: Recorded | undefined;
  home: Home | undefined;
  /** Fields of the record that this process's shape doesn't have: kept and written back as they are. */
  foreignFields: readonly (readonly [name: string, value: unknown])[] = NONE;

  /** Fields written since the cold snapshot. */
  touched: Set<string> | undefined;
  /** Of those, the fields in which a nested value was written: they are validated before a fork. */
  unchecked: Set<string> | undefined;
  touchedLists: Set<TrackedList> | undefined;
  changedChildren: Set<WarmState> | undefined;
  /** An entity of another load entered, here or below: a second warm copy of a version may be in the tree. */
  mayHoldTwins = false;
  /** A merge that this copy's next version takes in, or content that only a new version can have. */
  mergingFrom: EcsId | null = null;
  mustFork = false;
  /** Resolves when the commit under way has moved this copy on, or failed. */
  inFlight: Promise<void> | undefined;
  /** Where it was last seen in a list: a hint. */
  listIndex = 0;

  readonly #target: Record<string, unknown>;
  #read: ((state: WarmState) => void) | undefined;
  #holders: Holders<WarmState> | undefined;
  #weak: WeakRef<WarmState> | undefined;
  #liveId: LiveId | undefined;
  #isMixed = false;

  /** What user code holds. */
  abstract readonly entity: object;

  constructor(init: {
    type: EntityType;
    target: Record<string, unknown>;
    isUnknown?: boolean | undefined;
    ecsId: EcsId;
    lineageId: LineageId;
    createdAt: string;
    load?: object | undefined;
  }) {
    this.type = init.type;
    this.isUnknown = init.isUnknown ?? false;
    this.#target = init.target;
    this.ecsId = init.ecsId;
    this.lineageId = init.lineageId;
    this.createdAt = init.createdAt;
    this.load = init.load;
    this.fromStorage = init.load !== undefined;
  }

  /** The fields. Those of a copy that nobody has looked into yet are read from its record now. */
  get target(): Record<string, unknown> {
    const read = this.#read;
    if (read !== undefined) {
      this.#read = undefined;
      read(this);
    }
    return this.#target;
  }

  /** Whether its fields have still to be read from its record, which then holds no entity. */
  get isUnread(): boolean {
    return this.#read !== undefined;
  }

  /** Puts off reading the fields until they are asked for; `undefined` takes that back. */
  readLater(read: ((state: WarmState) => void) | undefined): void {
    this.#read = read;
  }

  /** Made when it is first asked for: most copies never are. */
  get liveId(): LiveId {
    return (this.#liveId ??= makeLiveId());
  }

  get weak(): WeakRef<WarmState> {
    return (this.#weak ??= new WeakRef(this));
  }

  get holders(): Iterable<WarmState> {
    return this.#holders ?? [];
  }

  /** Whether anything in this copy or below it may differ from the cold snapshot. */
  get isSuspect(): boolean {
    return (
      this.recorded === undefined ||
      this.mustFork ||
      (this.touched !== undefined && this.touched.size > 0) ||
      (this.touchedLists !== undefined && this.touchedLists.size > 0) ||
      (this.changedChildren !== undefined && this.changedChildren.size > 0)
    );
  }

  /** Whether all holders know that this copy is suspect. While a commit is under way its marks are set aside. */
  get #isKnown(): boolean {
    return this.isSuspect && this.inFlight === undefined;
  }

  touch(field: string): void {
    const known = this.#isKnown;
    (this.touched ??= new Set()).add(field);
    if (!known) this.alarmHolders();
  }

  /** A write inside a nested value: its schema sees the whole field before the next fork. */
  touchInside(field: string): void {
    this.touch(field);
    (this.unchecked ??= new Set()).add(field);
  }

  touchList(tracker: TrackedList): void {
    const known = this.#isKnown;
    (this.touchedLists ??= new Set()).add(tracker);
    if (!known) this.alarmHolders();
  }

  /** Takes all marks off: the copy equals its cold snapshot, or its marks are kept elsewhere. */
  clearMarks(): void {
    this.touched = undefined;
    this.unchecked = undefined;
    this.touchedLists = undefined;
    this.changedChildren = undefined;
    this.mayHoldTwins = false;
    this.mustFork = false;
    this.mergingFrom = null;
  }

  /** Notes that this entity holds `child` in one more place. */
  hold(child: WarmState, inList: boolean): void {
    (child.#holders ??= new Holders()).add(this, inList);
    if (child.#isMixed || (child.recorded !== undefined && child.load !== this.load)) {
      this.mayHoldTwins = true;
      this.#mix();
    }
    if (child.isSuspect || child.inFlight !== undefined) this.noteChanged(child);
  }

  /** Tells all holders that copies of several loads are below them. Unlike `mayHoldTwins` it is never taken back. */
  #mix(): void {
    const stack: WarmState[] = [this];
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      if (state.#isMixed) continue;
      state.#isMixed = true;
      for (const holder of state.holders) {
        holder.mayHoldTwins = true;
        stack.push(holder);
      }
    }
  }

  /** Notes that this entity holds `child` in one place less. */
  release(child: WarmState, inList: boolean): void {
    if (child.#holders?.remove(this, inList) === true) this.changedChildren?.delete(child);
  }

  isHeldBy(holder: WarmState): boolean {
    return this.#holders?.has(holder) === true;
  }

  timesInListsOf(holder: WarmState): number {
    return this.#holders?.timesInLists(holder) ?? 0;
  }

  /** Notes that something below may have changed. */
  noteChanged(child: WarmState): void {
    const known = this.#isKnown;
    (this.changedChildren ??= new Set()).add(child);
    if (!known) this.alarmHolders();
  }

  /** Tells all holders, up to the roots, that something below them may have changed. Iterative: chains may be long. */
  alarmHolders(): void {
    const stack: WarmState[] = [this];
    for (let child = stack.pop(); child !== undefined; child = stack.pop()) {
      for (const holder of child.holders) {
        if (holder.changedChildren?.has(child) === true) continue;
        const known = holder.#isKnown;
        (holder.changedChildren ??= new Set()).add(child);
        if (!known) stack.push(holder);
      }
    }
  }
}
