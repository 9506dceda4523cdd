import { AsyncLocalStorage } from "node:async_hooks";
import type { CommitContext } from "../commit-context.ts";
import type { Home, PlannedRefMove, WarmState } from "../entity/warm-state.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";

/**
 * One traced call: which entities it used, and how to undo what it wrote. A traced call inside another one has a trace of
 * its own, which joins its parent's when it returns and is undone alone when it throws.
 */
export class Trace {
  readonly name: string | undefined;
  readonly parent: Trace | undefined;
  /** Its arguments, `this`, and what it loaded: committed with what changed below them, earlier changes included. */
  readonly used = new Set<WarmState>();
  /** New entities: committed when the call returned, attached or changed them. */
  readonly made = new Set<WarmState>();
  readonly written = new Set<WarmState>();
  /** Entities of which a field was read: holders through which a written one was reached. */
  readonly read = new Set<WarmState>();
  /** What it holds for itself: see locks.ts. */
  readonly locked = new Set<WarmState>();
  /** What the forks and registrations inside the call said about the commit that they became part of. */
  readonly contexts: CommitContext[] = [];
  /** Named refs that move with its commit, in the order of the calls, each with the registry that was asked. */
  readonly refMoves: { readonly home: Home; readonly move: PlannedRefMove }[] = [];
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  /** What it had written when a call around it ended without waiting for it. */
  readonly abandoned = new Set<WarmState>();
  readonly #inner = new Set<Trace>();
  readonly #undo: (() => void)[] = [];
  #isOpen = true;
  #tellEnd = (): void => {};

  constructor(name: string | undefined, parent: Trace | undefined) {
    this.name = name;
    this.parent = parent;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    if (parent !== undefined) parent.#inner.add(this);
  }

  /** Whether code may still write in this call: it and all calls around it go on. */
  get isOpen(): boolean {
    return this.#isOpen && this.parent?.isOpen !== false;
  }

  /** For messages. */
  get title(): string {
    return this.name ?? (this.parent === undefined ? "a transaction" : "an inner transaction");
  }

  /** The calls inside it that haven't ended. */
  get inner(): Iterable<Trace> {
    return this.#inner;
  }

  /** Whether it is `outer`, or inside it at any depth. */
  isWithin(outer: Trace): boolean {
    if (this === outer) return true;
    for (let call = this.parent; call !== undefined; call = call.parent)
      if (call === outer) return true;
    return false;
  }

  /** Whether it or a call around it has written to a copy. */
  hasWritten(state: WarmState): boolean {
    return this.written.has(state) || this.parent?.hasWritten(state) === true;
  }

  /** What it and the calls around it have made. */
  *allMade(): Generator<WarmState> {
    yield* this.made;
    if (this.parent !== undefined) yield* this.parent.allMade();
  }

  noteUndo(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** From now on nothing may be written in it any more: what it did is being committed. */
  seal(): void {
    this.#isOpen = false;
  }

  close(): void {
    this.#isOpen = false;
    if (this.parent !== undefined) this.parent.#inner.delete(this);
    this.#tellEnd();
  }

  /** Puts back all that was written in this call, the latest first. */
  undo(): void {
    for (let step = this.#undo.pop(); step !== undefined; step = this.#undo.pop()) step();
  }

  /** Undoes what a call wrote that its outer call didn't wait for. */
  abandon(): void {
    this.undo();
    for (const state of this.written) this.abandoned.add(state);
    this.written.clear();
  }

  /** What this call did becomes part of what its parent did. */
  join(parent: Trace): void {
    for (const state of this.used) parent.used.add(state);
    for (const state of this.made) parent.made.add(state);
    for (const state of this.written) parent.written.add(state);
    for (const state of this.read) parent.read.add(state);
    for (const context of this.contexts) parent.contexts.push(context);
    for (const move of this.refMoves) parent.refMoves.push(move);
    for (const undo of this.#undo) parent.#undo.push(undo);
  }
}

/** Where code runs: in a call, or in work that a call started but that is no part of it. */
interface Whereabouts {
  readonly trace: Trace | undefined;
  readonly around: Trace | undefined;
}

const whereabouts = new AsyncLocalStorage<Whereabouts>();
// Reads and writes ask where they are only while some call is traced: the look-up costs more than they do.
let open = 0;

export function currentTrace(): Trace | undefined {
  return whereabouts.getStore()?.trace;
}

/** The call that the running code was started by, even if what it does is no part of the call. */
export function surroundingTrace(): Trace | undefined {
  const here = whereabouts.getStore();
  return here?.trace ?? here?.around;
}

/** Runs work as the traced call; it is open until the work ends. */
export function runInTrace<T>(trace: Trace, work: () => T | Promise<T>): Promise<T> {
  return whereabouts.run({ trace, around: undefined }, async () => work());
}

/** Runs work outside any traced call: its commits are its own. */
export function runOutsideTraces<T>(work: () => T, around = surroundingTrace()): T {
  return whereabouts.run({ trace: undefined, around }, work);
}

/** While `work` goes on, reads and writes are looked at. */
export async function whileTracing<T>(work: () => Promise<T>): Promise<T> {
  open++;
  try {
    return await work();
  } finally {
    open--;
  }
}

export function isAnyTraced(): boolean {
  return open > 0;
}

/** Notes that a field of an entity was read. */
export function noteRead(state: WarmState): void {
  if (open > 0) currentTrace()?.read.add(state);
}

/** Notes a new entity; answers whether a traced call took it. */
export function noteMade(state: WarmState): boolean {
  const trace = open > 0 ? currentTrace() : undefined;
  if (trace?.isOpen !== true) return false;
  trace.made.add(state);
  return true;
}

/** Notes the root of a tree that was loaded. */
export function noteLoaded(state: WarmState): void {
  if (open > 0) currentTrace()?.used.add(state);
}

/**
 * @param what what the code that outlived the call goes on with, for the message
 * @throws MiError of code MI_TRACE_CLOSED when the traced call that it belongs to has ended
 */
export function refuseClosed(trace: Trace, what: string): void {
  if (trace.isOpen) return;
  const code: EcsErrorCode = "MI_TRACE_CLOSED";
  throw new MiError(
    code,
    `${what} is written by code of ${trace.title}, which has ended; await all that a traced call starts, or start it outside of the call`,
    { details: { call: trace.name } },
  );
}
