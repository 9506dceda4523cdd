import type { Home, WarmState } from "../entity/warm-state.ts";
import { CorruptionError } from "../errors.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord, StoredVersion } from "../storage/contract.ts";
import { fill, shell, standOn, type Resolve } from "./fill-copy.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** Records of complete trees. */
export type Records = ReadonlyMap<EcsId, EntityRecord>;

export function byId(versions: Iterable<StoredVersion>): Map<EcsId, EntityRecord> {
  return new Map([...versions].map(({ record }) => [record.ecsId, record]));
}

/** The records of one tree by id, the root first. */
export function treeOf(root: EcsId, records: Records): Map<EcsId, EntityRecord> {
  const tree = new Map<EcsId, EntityRecord>();
  const waiting = [root];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (tree.has(id)) continue;
    const record = records.get(id);
    if (record === undefined)
      throw new CorruptionError(`version ${id} is missing from its tree`, { ecsId: id });
    tree.set(id, record);
    for (const held of record.refs) if (!tree.has(held)) waiting.push(held);
    for (const list of record.lists)
      for (const held of list) if (!tree.has(held)) waiting.push(held);
  }
  return tree;
}

/**
 * Makes warm copies of one tree: each version is one object in it, so that sharing and circles come back as they were.
 * Two calls share nothing mutable.
 */
export function loadTree(
  root: EcsId,
  records: Records,
  types: TypeCatalog,
  home: Home,
): WarmState | undefined {
  if (!records.has(root)) return undefined;
  const load = {};
  const states = new Map<EcsId, WarmState>();
  for (const [id, record] of treeOf(root, records))
    states.set(id, shell(record, types, home, load));
  const resolve = resolver(states);
  // Before any is filled: an entity without a cold snapshot would count as new to those that hold it.
  for (const [id, state] of states) {
    const record = records.get(id);
    if (record !== undefined) standOn(state, record, resolve);
  }
  for (const state of states.values()) fill(state, resolve);
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
