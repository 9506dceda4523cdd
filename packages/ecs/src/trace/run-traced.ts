import { ambientRegistry, creationSources } from "../ambient.ts";
import { mergeContexts, type CommitContext } from "../commit-context.ts";
import {
  nameOf,
  type EndedCall,
  type Home,
  type PlannedRefMove,
  type WarmState,
} from "../entity/warm-state.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { findEntities } from "./find-entities.ts";
import { lockAll, unlockAll } from "./locks.ts";
import type { TraceSeverity } from "./severity.ts";
import {
  currentTrace,
  refuseClosed,
  runInTrace,
  runOutsideTraces,
  Trace,
  whileTracing,
} from "./trace.ts";

/** What is traced: the operation's name, the entities that it is given, and what its commit says. */
export interface TracedCall {
  readonly name: string | undefined;
  readonly entities: ReadonlySet<WarmState>;
  readonly context: CommitContext;
  readonly severity?: TraceSeverity | undefined;
  /** The registry, where the call names one. */
  readonly home?: Home | undefined;
}

/**
 * Runs work as a traced call. When it returns, what changed in the entities that it used is one commit; when it throws,
 * what it wrote is undone and the error comes through unchanged. Inside another traced call it becomes part of that.
 */
export async function runTraced<T>(call: TracedCall, work: () => T | Promise<T>): Promise<T> {
  const trace = new Trace(call.name, currentTrace());
  return whileTracing(async () => {
    const report = reporter(call, trace);
    let heir: Trace | undefined;
    try {
      await lockAll(call.entities, trace);
      for (const state of call.entities) trace.used.add(state);
      trace.contexts.push(call.context);
      const result = await runInTrace(trace, work);
      abandonInner(trace);
      for (const state of findEntities(result)) trace.used.add(state);
      if (trace.parent === undefined) await commitApart(trace, call);
      // In one tick with letting go of what it holds: the calls around it may end at any other.
      else heir = joined(trace, trace.parent);
      report({ outcome: "returned" });
      return result;
    } catch (error) {
      abandonInner(trace);
      trace.undo();
      report({ outcome: "threw", error });
      throw error;
    } finally {
      trace.close();
      unlockAll(trace, heir);
    }
  });
}

/** What inner calls that nobody awaited write from now on would be in no commit: it is refused. */
async function commitApart(trace: Trace, call: TracedCall): Promise<void> {
  trace.seal();
  await runOutsideTraces(() => commit(trace, call), trace);
}

/** Makes a call a part of the one around it; answers that one, unless it has ended. */
function joined(trace: Trace, parent: Trace): Trace | undefined {
  if (parent.isOpen) {
    trace.join(parent);
    return parent;
  }
  // What it had written was undone when the calls around it ended.
  const [written] = trace.abandoned;
  if (written !== undefined) refuseClosed(trace, nameOf(written));
  return undefined;
}

/** Inner calls that nobody awaited are no part of the commit: what they wrote so far is undone. */
function abandonInner(trace: Trace): void {
  for (const inner of [...trace.inner].reverse()) {
    abandonInner(inner);
    inner.abandon();
  }
}

/** Tells the call's registry how it ended. */
function reporter(
  call: TracedCall,
  trace: Trace,
): (end: Pick<EndedCall, "outcome" | "error">) => void {
  const nested = trace.parent !== undefined;
  const { clock } = creationSources();
  const started = clock.now();
  return (end) => {
    const states = [...trace.used, ...trace.written];
    const home =
      call.home ?? states.find((state) => state.home !== undefined)?.home ?? ambientRegistry();
    home?.reportCall({
      name: call.name,
      severity: call.severity ?? (nested ? "VERBOSE" : "NORMAL"),
      nested,
      milliseconds: clock.now() - started,
      context: mergeContexts(...trace.contexts),
      ...end,
    });
  };
}

async function commit(trace: Trace, call: TracedCall): Promise<void> {
  const roots = rootsOf(trace);
  if (!roots.some((root) => root.isSuspect) && trace.refMoves.length === 0) return;
  const home = homeOf(roots, trace, call);
  const context = mergeContexts({ operation: call.name }, ...trace.contexts);
  await home.forkAll(roots, context, refMovesOf(trace));
}

/** One move for each name: from where the first one expected it to where the last one put it. */
function refMovesOf(trace: Trace): readonly PlannedRefMove[] {
  const byName = new Map<string, PlannedRefMove>();
  for (const { move } of trace.refMoves) {
    const first = byName.get(move.name) ?? move;
    byName.set(move.name, { ...first, to: move.to });
  }
  return [...byName.values()];
}

/** The receivers of the commit: given, loaded, returned or written entities, and read ones that hold a written one. */
function rootsOf(trace: Trace): WarmState[] {
  const roots = new Set(trace.used);
  const waiting = [...trace.written].filter(
    (state) => state.recorded !== undefined || trace.made.has(state),
  );
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (roots.has(state) && !trace.written.has(state)) continue;
    roots.add(state);
    for (const holder of state.holders)
      if (trace.read.has(holder) && !roots.has(holder)) waiting.push(holder);
  }
  return [...roots];
}

function homeOf(roots: readonly WarmState[], trace: Trace, call: TracedCall): Home {
  const homes = new Set(roots.flatMap((root) => root.home ?? []));
  for (const { home } of trace.refMoves) homes.add(home);
  if (call.home !== undefined) homes.add(call.home);
  const [home, second] = homes;
  if (second !== undefined) {
    const code: EcsErrorCode = "MI_TRACE_OTHER_REGISTRY";
    throw new MiError(
      code,
      `${call.name ?? "The call"} used entities of two registries; use one registry in one call`,
    );
  }
  const found = home ?? ambientRegistry();
  if (found !== undefined) return found;
  const code: EcsErrorCode = "MI_ENTITY_NO_REGISTRY";
  throw new MiError(
    code,
    `${call.name ?? "The call"} made entities without a registry; call it inside registry.run(…), or set EntityRegistry.setDefault(…)`,
  );
}
