import { childrenOf } from "../entity/children.ts";
import type { Home, WarmState } from "../entity/warm-state.ts";
import { CorruptionError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { fill, overwrite, shell, standOn, type Resolve } from "./fill-copy.ts";
import type { Records } from "./load-trees.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** What one entity becomes: the version that it stands on, and the record whose fields it gets. */
export interface Part {
  readonly stand: EntityRecord;
  readonly content: EntityRecord;
  /** The other parent of the version that is made, which is then made in any case. */
  readonly mergingFrom?: EcsId | undefined;
}

/** A tree that no version has yet, as warm copies that nobody else has. */
export interface AssembledTree {
  readonly root: WarmState;
  readonly states: ReadonlyMap<LineageId, WarmState>;
}

/**
 * Puts a tree together that no version has yet: each entity once, by lineage, with the fields of any record. A fork of
 * its root makes exactly the versions that differ from what the parts stand on.
 */
export function assembleTree(
  root: LineageId,
  parts: ReadonlyMap<LineageId, Part>,
  records: Records,
  types: TypeCatalog,
  home: Home,
): AssembledTree {
  const load = {};
  const states = new Map<LineageId, WarmState>();
  for (const [lineageId, { stand }] of parts)
    states.set(lineageId, shell(stand, types, home, load));
  const stateOf = (lineageId: LineageId | undefined): WarmState => {
    const state = lineageId === undefined ? undefined : states.get(lineageId);
    if (state === undefined) throw new CorruptionError("a tree holds what is none of its parts");
    return state;
  };
  const resolve: Resolve = (id) =>
    stateOf(id === undefined ? undefined : records.get(id)?.lineageId);
  // Before any is filled: an entity without a cold snapshot would count as new to those that hold it.
  for (const [lineageId, { stand, content }] of parts) {
    const state = stateOf(lineageId);
    standOn(state, stand, content === stand ? resolve : () => state);
  }
  for (const [lineageId, part] of parts) give(stateOf(lineageId), part, resolve);
  for (const state of states.values()) examine(state);
  return { root: stateOf(root), states };
}

function give(state: WarmState, { stand, content, mergingFrom }: Part, resolve: Resolve): void {
  if (content === stand) fill(state, resolve);
  else overwrite(state, content, resolve);
  if (mergingFrom === undefined) return;
  state.mergingFrom = mergingFrom;
  state.mustFork = true;
}

/** Makes the next fork look at the whole copy: which versions it holds was decided without anybody writing to it. */
function examine(state: WarmState): void {
  for (const list of state.recorded?.content.lists ?? []) list.start = undefined;
  const children = new Set(childrenOf(state));
  if (children.size > 0) state.changedChildren = children;
}
