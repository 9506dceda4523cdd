import { Recorded, type Home, type WarmState } from "../entity/warm-state.ts";
import { CorruptionError } from "../errors.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord, StoredVersion } from "../storage/contract.ts";
import { fill, shell, standLightly, type Resolve } from "./fill-copy.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** Records of complete trees. */
export type Records = ReadonlyMap<EcsId, EntityRecord>;

export function byId(versions: Iterable<Pick<StoredVersion, "record">>): Map<EcsId, EntityRecord> {
  const records = new Map<EcsId, EntityRecord>();
  for (const { record } of versions) records.set(record.ecsId, record);
  return records;
}

/** The records of one tree by id, the root first. */
export function treeOf(root: EcsId, records: Records): Map<EcsId, EntityRecord> {
  return new Map(recordsBelow(root, records).map((record) => [record.ecsId, record]));
}

/** The records of one tree, each once, the root first. */
function recordsBelow(root: EcsId, records: Records): readonly EntityRecord[] {
  const seen = new Set<EcsId>([root]);
  const tree: EntityRecord[] = [];
  const waiting = [root];
  const reach = (id: EcsId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    waiting.push(id);
  };
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const record = records.get(id);
    if (record === undefined)
      throw new CorruptionError(`version ${id} is missing from its tree`, { ecsId: id });
    tree.push(record);
    record.refs.forEach(reach);
    for (const list of record.lists) list.slice(0, list.length).forEach(reach);
  }
  return tree;
}

/** Gives the records of each of the roots' trees, which were read together; none for a root that is not stored. */
export function treesOf(
  roots: ReadonlySet<EcsId>,
  versions: readonly StoredVersion[],
): (root: EcsId) => readonly EntityRecord[] {
  if (roots.size === 1) {
    // All that was read is this one tree.
    const tree = versions.map(({ record }) => record);
    return () => tree;
  }
  const records = byId(versions);
  return (root) => (records.has(root) ? recordsBelow(root, records) : []);
}

/**
 * Makes warm copies of one tree: each version is one object in it, so that sharing and circles come back as they were.
 * Two calls share nothing mutable.
 */
export function loadTree(
  root: EcsId,
  tree: readonly EntityRecord[],
  types: TypeCatalog,
  home: Home,
): WarmState | undefined {
  const load = {};
  const states = new Map<EcsId, WarmState>();
  const holders: [WarmState, EntityRecord][] = [];
  for (const record of tree) {
    const state = shell(record, types, home, load);
    states.set(record.ecsId, state);
    if (!standLightly(state, record)) holders.push([state, record]);
  }
  const resolve = resolver(states);
  // Before any is filled: an entity without a cold snapshot would count as new to those that hold it.
  for (const [state, record] of holders)
    state.recorded = Recorded.as(record, record.refs.map(resolve), []);
  for (const [state] of holders) fill(state, resolve);
  return states.get(root);
}

/** Finds the copy of a version among those of one tree. */
export function resolver(states: ReadonlyMap<EcsId, WarmState>): Resolve {
  return (id) => {
    const state = id === undefined ? undefined : states.get(id);
    if (state === undefined) throw new CorruptionError("a record's text refers outside its refs");
    return state;
  };
}
