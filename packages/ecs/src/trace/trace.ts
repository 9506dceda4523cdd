import { AsyncLocalStorage } from "node:async_hooks";
import type { CommitContext } from "../commit-context.ts";
import type { WarmState } from "../entity/warm-state.ts";
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
  /** What the forks and registrations inside the call said about the commit that they became part of. */
  readonly contexts: CommitContext[] = [];
  readonly #undo: (() => void)[] = [];
  #isOpen = true;

  constructor(name: string | undefined, parent: Trace | undefined) {
    this.name = name;
    this.parent = parent;
  }

  /** Whether code may still write in this call: it and all calls around it go on. */
  get isOpen(): boolean {
    return this.#isOpen && this.parent?.isOpen !== false;
  }

  noteUndo(undo: () => void): void {
    this.#undo.push(undo);
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Puts back all that was written in this call, the latest first. */
  undo(): void {
    for (let step = this.#undo.pop(); step !== undefined; step = this.#undo.pop()) step();
  }

  /** What this call did becomes part of what its parent did. */
  join(parent: Trace): void {
    for (const state of this.used) parent.used.add(state);
    for (const state of this.made) parent.made.add(state);
    for (const state of this.written) parent.written.add(state);
    for (const state of this.read) parent.read.add(state);
    parent.contexts.push(...this.contexts);
    parent.#undo.push(...this.#undo);
  }
}

const scope = new AsyncLocalStorage<Trace | undefined>();
// A read asks for the scope only while some call is traced: the look-up costs more than the read itself.
let open = 0;

export function currentTrace(): Trace | undefined {
  return scope.getStore();
}

/** Runs work as the traced call; it is open until the work ends. */
export async function runInTrace<T>(trace: Trace, work: () => T | Promise<T>): Promise<T> {
  open++;
  try {
    return await scope.run(trace, async () => work());
  } finally {
    open--;
  }
}

/** Runs work outside any traced call: its commits are its own. */
export function runOutsideTraces<T>(work: () => T): T {
  return scope.run(undefined, work);
}

/** Notes that a field of an entity was read. */
export function noteRead(state: WarmState): void {
  if (open > 0) scope.getStore()?.read.add(state);
}

/** Notes a new entity; answers whether a traced call took it. */
export function noteMade(state: WarmState): boolean {
  const trace = open > 0 ? scope.getStore() : undefined;
  trace?.made.add(state);
  return trace !== undefined;
}

/** Notes the root of a tree that was loaded. */
export function noteLoaded(state: WarmState): void {
  if (open > 0) scope.getStore()?.used.add(state);
}

/**
 * Notes a write that is about to happen, and how to undo it.
 *
 * @throws MiError of code MI_TRACE_CLOSED when the traced call that the writer belongs to has ended
 */
export function noteWrite(state: WarmState, undo: () => void): void {
  const trace = scope.getStore();
  if (trace === undefined) return;
  if (!trace.isOpen) {
    const code: EcsErrorCode = "MI_TRACE_CLOSED";
    throw new MiError(
      code,
      `${state.type.name} ${state.lineageId} is written after the traced call ${trace.name ?? ""} ended; await all that it starts`,
      { details: { type: state.type.name, lineageId: state.lineageId, call: trace.name } },
    );
  }
  trace.written.add(state);
  trace.noteUndo(undo);
}
