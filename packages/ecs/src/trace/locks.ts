import type { WarmState } from "../entity/warm-state.ts";
import { MiError } from "../mi-error.ts";
import type { Trace } from "./trace.ts";

/** Two traced calls wait for each other's entities: neither could ever go on. */
export class TraceDeadlockError extends MiError<"MI_TRACE_DEADLOCK"> {
  constructor(state: WarmState, waiting: Trace, holder: Trace) {
    super(
      "MI_TRACE_DEADLOCK",
      `${waiting.name ?? "A call"} waits for ${state.type.name} ${state.lineageId}, held by ${holder.name ?? "another call"}, which waits for it in turn; pass both entities to both calls`,
      { details: { type: state.type.name, lineageId: state.lineageId } },
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
export async function lockAll(states: Iterable<WarmState>, trace: Trace): Promise<WarmState[]> {
  const taken: WarmState[] = [];
  try {
    for (const state of states) {
      await take(state, trace);
      taken.push(state);
    }
    return taken;
  } catch (error) {
    unlockAll(taken, trace);
    throw error;
  }
}

export function unlockAll(states: readonly WarmState[], trace: Trace): void {
  for (const state of states) {
    const lock = locks.get(state);
    if (lock === undefined) continue;
    lock.holders.splice(lock.holders.indexOf(trace), 1);
    const next = lock.queue.findIndex((waiting) => isFreeFor(lock, waiting.trace));
    const [waiting] = next === -1 ? [] : lock.queue.splice(next, 1);
    if (waiting !== undefined) {
      lock.holders.push(waiting.trace);
      waiting.go();
    } else if (lock.holders.length === 0) locks.delete(state);
  }
}

async function take(state: WarmState, trace: Trace): Promise<void> {
  const lock = locks.get(state) ?? { holders: [], queue: [] };
  locks.set(state, lock);
  if (isFreeFor(lock, trace)) {
    lock.holders.push(trace);
    return;
  }
  const blocker = blockers(lock, trace).find((holder) => waitsFor(holder, trace));
  if (blocker !== undefined) throw new TraceDeadlockError(state, trace, blocker);
  waits.set(trace, lock);
  await new Promise<void>((go) => lock.queue.push({ trace, go }));
  waits.delete(trace);
}

function isFreeFor(lock: Lock, trace: Trace): boolean {
  const innermost = lock.holders[lock.holders.length - 1];
  return innermost === undefined || isWithin(trace, innermost);
}

function blockers(lock: Lock, trace: Trace): Trace[] {
  return lock.holders.filter((holder) => !isWithin(trace, holder));
}

/** Whether a call can't end before `trace` does: something inside it waits, directly or through others, for it. */
function waitsFor(call: Trace, trace: Trace, seen = new Set<Trace>()): boolean {
  if (seen.has(call)) return false;
  seen.add(call);
  for (const [waiting, lock] of waits) {
    if (!isWithin(waiting, call)) continue;
    for (const blocker of blockers(lock, waiting))
      if (isWithin(trace, blocker) || waitsFor(blocker, trace, seen)) return true;
  }
  return false;
}

function isWithin(trace: Trace, outer: Trace): boolean {
  for (let call: Trace | undefined = trace; call !== undefined; call = call.parent)
    if (call === outer) return true;
  return false;
}
