import type { WarmState } from "../entity/warm-state.ts";
import { MiError } from "../mi-error.ts";
import type { Trace } from "./trace.ts";

/** Two traced calls wait for each other's entities: neither could ever go on. */
export class TraceDeadlockError extends MiError<"MI_TRACE_DEADLOCK"> {
  constructor(state: WarmState, waiting: Trace, holder: Trace) {
    super(
      "MI_TRACE_DEADLOCK",
      `${waiting.title} waits for ${state.type.name} ${state.lineageId}, held by ${holder.title}, which waits for it in turn; pass both entities to both calls`,
      { details: { type: state.type.name, lineageId: state.lineageId } },
    );
  }
}

/** A write to an entity that a traced call, which the writer is no part of, is changing. A write can't wait. */
export class TraceOverlapError extends MiError<"MI_TRACE_OVERLAP"> {
  constructor(state: WarmState, writer: Trace | undefined, holder: Trace) {
    const who = writer === undefined ? "code outside of it" : writer.title;
    super(
      "MI_TRACE_OVERLAP",
      `${state.type.name} ${state.lineageId} is in the hands of ${holder.title} until that ends, and can't be written by ${who}; await the one before the other, or pass the entity to both as an argument: then they wait for each other`,
      { details: { type: state.type.name, lineageId: state.lineageId, call: holder.name } },
    );
  }
}

interface Lock {
  /** The call that holds the copy, and the calls inside it that took it in turn, the innermost last. */
  readonly holders: Trace[];
  readonly queue: { readonly trace: Trace; readonly go: () => void }[];
}

const locks = new WeakMap<WarmState, Lock>();
/** What each waiting call waits for. */
const waits = new Map<Trace, Lock>();

/**
 * Takes warm copies for a call: calls on one copy run one after the other. A call inside the one that holds a copy takes
 * it in turn with others inside; those outside wait until the outer call ends.
 *
 * @throws TraceDeadlockError when the wait could never end
 */
export async function lockAll(states: Iterable<WarmState>, trace: Trace): Promise<void> {
  for (const state of states) await take(state, trace);
}

/**
 * Takes a copy for a call that is about to write to it.
 *
 * @throws TraceOverlapError when a call has it that is neither around this one nor, without having written, inside it
 */
export function takeForWrite(state: WarmState, trace: Trace): void {
  const lock = lockOf(state);
  const { holders } = lock;
  if (holders[holders.length - 1] === trace) return;
  const blocker = holders.find(
    (holder) => !trace.isWithin(holder) && !(holder.isWithin(trace) && !holder.written.has(state)),
  );
  if (blocker !== undefined) throw new TraceOverlapError(state, trace, blocker);
  if (holders.includes(trace)) return;
  const inner = holders.findIndex((holder) => holder.isWithin(trace));
  holders.splice(inner === -1 ? holders.length : inner, 0, trace);
  trace.locked.add(state);
}

/**
 * For a write that is no part of a traced call.
 *
 * @param around the call that started the writer
 * @throws TraceOverlapError when a call under way has written to the copy
 */
export function refuseOverlap(state: WarmState, around: Trace | undefined): void {
  const writer = writerOf(state, around);
  if (writer !== undefined) throw new TraceOverlapError(state, around, writer);
}

/** The call under way that has written to a copy, unless that is `own` or one around it or inside it. */
export function writerOf(state: WarmState, own: Trace | undefined): Trace | undefined {
  return locks
    .get(state)
    ?.holders.find(
      (holder) =>
        holder.written.has(state) &&
        (own === undefined || !(own.isWithin(holder) || holder.isWithin(own))),
    );
}

/** Lets go of all that a call holds. What it wrote becomes `heir`'s, which the call has joined. */
export function unlockAll(trace: Trace, heir: Trace | undefined): void {
  for (const state of trace.locked) {
    const lock = locks.get(state);
    if (lock === undefined) continue;
    const { holders } = lock;
    const inherits = heir !== undefined && trace.written.has(state) && !holders.includes(heir);
    holders.splice(holders.indexOf(trace), 1, ...(inherits ? [heir] : []));
    if (inherits) heir.locked.add(state);
    wake(state, lock);
  }
  trace.locked.clear();
}

function wake(state: WarmState, lock: Lock): void {
  const next = lock.queue.findIndex((waiting) => isFreeFor(lock, waiting.trace));
  const [waiting] = next === -1 ? [] : lock.queue.splice(next, 1);
  if (waiting !== undefined) {
    hold(state, lock, waiting.trace);
    waiting.go();
  } else if (lock.holders.length === 0) locks.delete(state);
}

async function take(state: WarmState, trace: Trace): Promise<void> {
  const lock = lockOf(state);
  if (lock.holders.includes(trace)) return;
  if (isFreeFor(lock, trace)) {
    hold(state, lock, trace);
    return;
  }
  const blocker = blockers(lock, trace).find((holder) => waitsFor(holder, trace));
  if (blocker !== undefined) throw new TraceDeadlockError(state, trace, blocker);
  waits.set(trace, lock);
  await new Promise<void>((go) => lock.queue.push({ trace, go }));
  waits.delete(trace);
}

function lockOf(state: WarmState): Lock {
  let lock = locks.get(state);
  if (lock === undefined) {
    lock = { holders: [], queue: [] };
    locks.set(state, lock);
  }
  return lock;
}

function hold(state: WarmState, lock: Lock, trace: Trace): void {
  // It may have inherited the copy while it waited for it.
  if (!lock.holders.includes(trace)) lock.holders.push(trace);
  trace.locked.add(state);
}

function isFreeFor(lock: Lock, trace: Trace): boolean {
  const innermost = lock.holders[lock.holders.length - 1];
  return innermost === undefined || trace.isWithin(innermost);
}

function blockers(lock: Lock, trace: Trace): Trace[] {
  return lock.holders.filter((holder) => !trace.isWithin(holder));
}

/** Whether a call can't end before `trace` does: something inside it waits, directly or through others, for it. */
function waitsFor(call: Trace, trace: Trace, seen = new Set<Trace>()): boolean {
  if (seen.has(call)) return false;
  seen.add(call);
  for (const [waiting, lock] of waits) {
    if (!waiting.isWithin(call)) continue;
    for (const blocker of blockers(lock, waiting))
      if (trace.isWithin(blocker) || waitsFor(blocker, trace, seen)) return true;
  }
  return false;
}
