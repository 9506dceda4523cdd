import { childrenOf } from "../entity/children.ts";
import type { Recorded, WarmState } from "../entity/warm-state.ts";

/** The version that a copy stands on. */
export interface Stand {
  readonly state: WarmState;
  readonly recorded: Recorded | undefined;
  readonly ecsId: WarmState["ecsId"];
  readonly parentId: WarmState["parentId"];
  readonly mergedFromId: WarmState["mergedFromId"];
  readonly createdAt: string;
}

export function standOf(state: WarmState): Stand {
  const { recorded, ecsId, parentId, mergedFromId, createdAt } = state;
  return { state, recorded, ecsId, parentId, mergedFromId, createdAt };
}

/**
 * Makes a copy stand on the version that it stood on before a commit, its fields as they are. What was new before stays
 * stored: its id is taken.
 */
export function standBack({ state, recorded, ...before }: Stand): void {
  if (recorded === undefined || state.recorded === recorded) return;
  // Which positions were written is no longer known: the next fork compares whole lists.
  for (const list of state.recorded?.content.lists ?? []) list.start = undefined;
  for (const list of recorded.content.lists) list.start = undefined;
  Object.assign(state, before);
  state.recorded = recorded;
  if (!state.isUnknown) state.touched = new Set(state.type.fields.keys());
  state.changedChildren = new Set(childrenOf(state));
  state.alarmHolders();
}
