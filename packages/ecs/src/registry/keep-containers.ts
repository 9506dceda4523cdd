import { types } from "node:util";
import { trackerOf, type ListTracker } from "../entity/list-tracker.ts";
import { abandon, holdAll } from "../entity/tracked-container.ts";
import { stateOf, type TrackedList, type WarmState } from "../entity/warm-state.ts";
import { setOwn } from "../values/plain-object.ts";

/** The raw values of a copy's fields, to be kept through a move. */
export type RawFields = Readonly<Record<string, unknown>>;

/**
 * Lists, objects and dates that code holds of a copy stay those of the copy: what a move brought is poured into the ones that
 * were there before, so that a later write to one of them isn't lost.
 */
export function keepContainers(state: WarmState, before: RawFields): void {
  const replaced = new Map<TrackedList, TrackedList>();
  // Holding again what is held already brings no second copy of anything into the tree.
  const { mayHoldTwins } = state;
  for (const name of Object.keys(state.target)) {
    const brought = state.target[name];
    abandon(brought, state);
    state.target[name] = poured(brought, before[name], replaced);
    holdAll(state.target[name], state);
  }
  state.mayHoldTwins = mayHoldTwins;
  const { recorded } = state;
  if (recorded === undefined || replaced.size === 0) return;
  const lists = recorded.content.lists.map((list) => replaced.get(list) ?? list);
  state.recorded = recorded.withContent({ ...recorded.content, lists });
}

/** @returns what stands for `from`: `into` where it can */
function poured(from: unknown, into: unknown, replaced: Map<TrackedList, TrackedList>): unknown {
  if (types.isDate(from) && types.isDate(into)) {
    // Not its own method, which would tell the entity of a change.
    Date.prototype.setTime.call(into, from.getTime());
    return into;
  }
  if (!isContainer(from) || !isContainer(into) || !areAlike(from, into)) return from;
  pour(from, into, replaced);
  return into;
}

function pour(from: object, into: object, replaced: Map<TrackedList, TrackedList>): void {
  const [brought, old] = [trackerOf(from), trackerOf(into)];
  if (brought !== undefined && old !== undefined) pourList(brought, old, replaced);
  else if (Array.isArray(from) && Array.isArray(into)) {
    const parts = from.map((part: unknown, index) => poured(part, into[index], replaced));
    into.length = 0;
    for (const part of parts) into.push(part);
  } else {
    const before: Record<string, unknown> = { ...into };
    for (const key of Object.keys(into)) Reflect.deleteProperty(into, key);
    for (const [key, part] of Object.entries(from))
      setOwn(
        into,
        key,
        poured(part, Object.hasOwn(before, key) ? before[key] : undefined, replaced),
      );
  }
}

function pourList(
  brought: ListTracker,
  old: ListTracker,
  replaced: Map<TrackedList, TrackedList>,
): void {
  old.members.length = 0;
  for (const member of brought.members) old.members.push(member);
  old.takeWritten();
  old.start = brought.start;
  replaced.set(brought, old);
}

function isContainer(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !types.isDate(value) &&
    stateOf(value) === undefined
  );
}

function areAlike(a: object, b: object): boolean {
  return (
    Array.isArray(a) === Array.isArray(b) &&
    (trackerOf(a) === undefined) === (trackerOf(b) === undefined)
  );
}
