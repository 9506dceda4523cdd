import type { ListStart, Recorded, TrackedList, WarmState } from "../entity/warm-state.ts";
import { contentOf } from "./content.ts";

/** What was marked on a warm copy before a fork, to be put back when the fork fails. */
export interface Marks {
  readonly state: WarmState;
  readonly touched: Set<string> | undefined;
  readonly unchecked: Set<string> | undefined;
  readonly touchedLists: Set<TrackedList> | undefined;
  readonly changedChildren: Set<WarmState> | undefined;
  readonly mayHoldTwins: boolean;
  readonly mustFork: boolean;
  readonly mergingFrom: WarmState["mergingFrom"];
  readonly lists: readonly {
    readonly list: TrackedList;
    readonly start: ListStart | undefined;
    readonly written: ReadonlySet<number>;
  }[];
}

/**
 * Takes the marks away, so that what is written while the commit is under way is marked anew; the lists count from the
 * content that is being written.
 */
export function setAside(state: WarmState, written: Recorded): Marks {
  const marks: Marks = {
    state,
    touched: state.touched,
    unchecked: state.unchecked,
    touchedLists: state.touchedLists,
    changedChildren: state.changedChildren,
    mayHoldTwins: state.mayHoldTwins,
    mustFork: state.mustFork,
    mergingFrom: state.mergingFrom,
    lists: written.content.lists.map((list) => ({
      list,
      start: list.start,
      written: list.takeWritten(),
    })),
  };
  state.clearMarks();
  start(written);
  return marks;
}

export function putBack({ state, lists, ...marks }: Marks): void {
  state.touched = union(marks.touched, state.touched);
  state.unchecked = union(marks.unchecked, state.unchecked);
  state.touchedLists = union(marks.touchedLists, state.touchedLists);
  // A child may have been let go while the commit was under way.
  const held = [...(marks.changedChildren ?? [])].filter((child) => child.isHeldBy(state));
  state.changedChildren = union(new Set(held), state.changedChildren);
  state.mayHoldTwins ||= marks.mayHoldTwins;
  state.mustFork ||= marks.mustFork;
  state.mergingFrom ??= marks.mergingFrom;
  for (const { list, start, written } of lists) list.restore(start, written);
}

/** Takes the marks off a copy that turned out to equal its cold snapshot, whatever objects it now holds. */
export function settle(state: WarmState): void {
  if (state.recorded === undefined) return;
  const recorded = state.recorded.withContent(contentOf(state));
  for (const list of recorded.content.lists) list.takeWritten();
  state.recorded = recorded;
  state.clearMarks();
  start(recorded);
}

function start({ content, listIds }: Recorded): void {
  for (const [index, list] of content.lists.entries()) {
    const ids = listIds[index];
    if (ids !== undefined) list.start = { index, ids };
  }
}

function union<T>(a: Set<T> | undefined, b: Set<T> | undefined): Set<T> | undefined {
  if (a === undefined) return b;
  for (const item of b ?? []) a.add(item);
  return a;
}
