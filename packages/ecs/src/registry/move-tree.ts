import { reachableFrom } from "../entity/children.ts";
import { rootsAbove } from "../entity/tree-members.ts";
import type { Home, WarmState } from "../entity/warm-state.ts";
import { CorruptionError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord, EntityStorage } from "../storage/contract.ts";
import { fill, shell, standOn } from "./fill-copy.ts";
import { keepContainers, type RawFields } from "./keep-containers.ts";
import { byId, resolver, treeOf, type Records } from "./load-trees.ts";
import { pendingWrites, putBack, versionsBehindWrites } from "./pending-writes.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** What merges and reverts need of their registry. */
export interface Workshop {
  readonly storage: EntityStorage;
  readonly types: TypeCatalog;
  readonly home: Home;
}

/** A tree, and the version that its root becomes. */
export interface Move {
  readonly root: WarmState;
  readonly to: EcsId;
}

/**
 * Moves the warm copies of trees to other versions of their roots, in place: who is in both stays the same object, and so do
 * the lists and objects in its fields. What code wrote to them and didn't commit stays as a modification on top.
 *
 * @param release called when nothing is waited for any more
 */
export async function moveTrees(
  moves: readonly Move[],
  { storage, types, home }: Workshop,
  release: () => void,
): Promise<void> {
  const trees = moves.map((one) => ({ one, start: reachableFrom([one.root]) }));
  const records = byId(await storage.readTree(moves.map(({ to }) => to)));
  const lineages = new Map<EcsId, LineageId>();
  for (const { start } of trees)
    for (const state of start) lineages.set(state.ecsId, state.lineageId);
  for (const [id, record] of records) lineages.set(id, record.lineageId);
  // Code may write while lineages are looked up; from the last look on nothing waits.
  for (;;) {
    const present = trees.map(({ one, start }) => ({
      one,
      own: new Set([...start, ...reachableFrom([one.root])]),
    }));
    const unknown = new Set<EcsId>();
    for (const { own } of present)
      for (const id of versionsBehindWrites(own)) if (!lineages.has(id)) unknown.add(id);
    if (unknown.size === 0) {
      release();
      for (const { one, own } of present) move(one, own, { records, lineages, types, home });
      return;
    }
    for (const stored of await storage.read([...unknown]))
      if (stored !== undefined) lineages.set(stored.record.ecsId, stored.record.lineageId);
    for (const id of unknown) if (!lineages.has(id)) throw missing(id);
  }
}

function move(
  { root, to }: Move,
  present: ReadonlySet<WarmState>,
  using: {
    records: Records;
    lineages: ReadonlyMap<EcsId, LineageId>;
    types: TypeCatalog;
    home: Home;
  },
): void {
  const { records, lineages, types, home } = using;
  const lineageOf = (id: EcsId): LineageId => lineages.get(id) ?? missing(id);
  const writes = pendingWrites(present, lineageOf);
  const known = new Map<LineageId, WarmState>();
  for (const state of present) if (!known.has(state.lineageId)) known.set(state.lineageId, state);
  const load = root.load ?? {};
  const states = new Map<EcsId, WarmState>();
  const moved = new Map<LineageId, WarmState>();
  const tree = treeOf(to, records);
  const isAllKnown = [...tree.values()].every(({ lineageId }) => known.has(lineageId));
  const around = isAllKnown ? new Map<EcsId, WarmState>() : copiesAround(root, present);
  for (const [id, record] of tree) {
    const { lineageId } = record;
    const own = moved.has(lineageId) ? undefined : known.get(lineageId);
    const copy = own ?? around.get(id) ?? shell(record, types, home, load);
    states.set(id, copy);
    if (!moved.has(lineageId)) moved.set(lineageId, copy);
  }
  const resolve = resolver(states);
  const raw = new Map<WarmState, RawFields>();
  for (const [id, state] of states) {
    const record = records.get(id);
    if (record === undefined || around.get(id) === state || staysAsItIs(state, record)) continue;
    raw.set(state, state.isUnread ? {} : { ...state.target });
    // Holders outside this tree learn that it moved on.
    state.alarmHolders();
    standOn(state, record, resolve);
    state.home = home;
  }
  for (const state of raw.keys()) fill(state, resolve);
  for (const state of raw.keys()) state.clearMarks();
  for (const pending of writes)
    if (moved.get(pending.state.lineageId) === pending.state) putBack(pending, moved, lineageOf);
  for (const [state, before] of raw) keepContainers(state, before);
}

/** Copies in the trees around one, by version: what comes into it may stand there already, and is the same object then. */
function copiesAround(
  root: WarmState,
  present: ReadonlySet<WarmState>,
): ReadonlyMap<EcsId, WarmState> {
  const found = new Map<EcsId, WarmState>();
  for (const state of reachableFrom(rootsAbove(root)))
    if (state.recorded !== undefined && !present.has(state)) found.set(state.ecsId, state);
  return found;
}

/** Most of a long list is the same on both sides, and nobody has looked into it. */
function staysAsItIs(state: WarmState, record: EntityRecord): boolean {
  const isLeaf = record.refs.length === 0 && record.lists.length === 0;
  return isLeaf && state.recorded?.record.ecsId === record.ecsId && !state.isSuspect;
}

function missing(id: EcsId): never {
  throw new CorruptionError(`version ${id} is referred to but not stored`, { ecsId: id });
}
