import { nameOf, type WarmState } from "../entity/warm-state.ts";
import { refuseOverlap, takeForWrite } from "./locks.ts";
import { currentTrace, isAnyTraced, refuseClosed, surroundingTrace } from "./trace.ts";

/**
 * Notes a write that is about to happen, and how to undo it. Undoing puts back what stood there before, so nobody else may
 * write to a copy while a call that has written to it is under way.
 *
 * @throws MiError of code MI_TRACE_CLOSED when the traced call that the writer belongs to has ended
 * @throws TraceOverlapError when another call has the copy
 */
export function noteWrite(state: WarmState, undo: () => void): void {
  const trace = currentTrace();
  if (trace === undefined) {
    if (isAnyTraced()) refuseOverlap(state, surroundingTrace());
    return;
  }
  refuseClosed(trace, nameOf(state));
  takeForWrite(state, trace);
  trace.written.add(state);
  trace.noteUndo(undo);
}

/**
 * Notes a write to a value that was taken out of its entity. It concerns nobody else; but code may put the value back, and so
 * does undoing the call that took it out.
 */
export function noteWriteOutside(undo: () => void): void {
  const trace = currentTrace();
  if (trace?.isOpen === true) trace.noteUndo(undo);
}
