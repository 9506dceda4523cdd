import { trackerOf, ListTracker } from "../entity/list-tracker.ts";
import { adopt } from "../entity/tracked-container.ts";
import { unknownType } from "../entity/unknown-entity.ts";
import { warmCopy } from "../entity/warm-copy.ts";
import { recordedAs, type Home, type Recorded, type WarmState } from "../entity/warm-state.ts";
import { setField } from "../entity/fields.ts";
import { checkField, parseField } from "../entity/parse-value.ts";
import { CorruptionError, EntityValidationError, type ValueIssue } from "../errors.ts";
import { encodeContent } from "../fork/content.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord, StoredVersion } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import { decodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/**
 * Makes warm copies of one tree: each version is one object in it, so that sharing and circles come back as they were.
 * Two calls share nothing mutable.
 */
export function loadTree(
  root: EcsId,
  records: ReadonlyMap<EcsId, EntityRecord>,
  types: TypeCatalog,
  home: Home,
): WarmState | undefined {
  if (!records.has(root)) return undefined;
  const load = {};
  const states = new Map<EcsId, WarmState>();
  const waiting = [root];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (states.has(id)) continue;
    const record = records.get(id);
    if (record === undefined)
      throw new CorruptionError(`version ${id} is missing from its tree`, { ecsId: id });
    states.set(id, shell(record, types, home, load));
    for (const held of referencedIds(record)) if (!states.has(held)) waiting.push(held);
  }
  const stateOf = (id: EcsId | undefined): WarmState => {
    const state = id === undefined ? undefined : states.get(id);
    if (state === undefined) throw new CorruptionError("a record's text refers outside its refs");
    return state;
  };
  const shells = [...states].map(([id, state]) => ({ state, record: records.get(id) }));
  // Before any is filled: an entity without a cold snapshot would count as new to those that hold it.
  for (const { state, record } of shells)
    if (record !== undefined) state.recorded = recordedAs(record, record.refs.map(stateOf), []);
  for (const { state } of shells) fill(state, stateOf);
  return states.get(root);
}

export function byId(versions: Iterable<StoredVersion>): Map<EcsId, EntityRecord> {
  return new Map([...versions].map(({ record }) => [record.ecsId, record]));
}

function shell(record: EntityRecord, types: TypeCatalog, home: Home, load: object): WarmState {
  const known = types.find(record.type);
  const type = known ?? unknownType(record.type);
  const target: Record<string, unknown> = Object.create(type.prototype);
  const state = warmCopy({
    type,
    target,
    isUnknown: known === undefined,
    ecsId: record.ecsId,
    lineageId: record.lineageId,
    createdAt: record.createdAt,
    load,
  });
  state.parentId = record.parentId;
  state.mergedFromId = record.mergedFromId;
  state.home = home;
  return state;
}

/** Puts the fields in place, without validation: they were valid when they were written. */
function fill(state: WarmState, stateOf: (id: EcsId | undefined) => WarmState): void {
  const { recorded } = state;
  if (recorded === undefined) return;
  const { record } = recorded;
  const members = record.lists.map((list) => [...list].map((id) => stateOf(id).entity));
  const { refs } = recorded.content;
  if (state.isUnknown) for (const held of refs) state.hold(held, false);
  else {
    const fields = decodeValue(record.data, {
      reference: (index) => refs[index]?.entity,
      list: (index) => members[index],
    });
    if (fillFields(state, fields, record.schemaVersion)) {
      state.recorded = convertedFrom(record, encodeContent(state));
      return;
    }
  }
  state.recorded = recordedAs(record, refs, startLists(state, record, members));
}

/** A copy of a record of an older shape is unmodified as it is, and written in the new shape once something changes. */
function convertedFrom(record: EntityRecord, content: Recorded["content"]): Recorded {
  return {
    record,
    content,
    refIds: content.refs.map((held) => held.ecsId),
    listIds: content.lists.map((list) => list.ids((held) => held.ecsId)),
  };
}

/** Answers whether the fields were brought to a newer shape. */
function fillFields(state: WarmState, fields: unknown, version: number): boolean {
  if (!isPlainObject(fields))
    throw new CorruptionError(`the text of version ${state.ecsId} is no object`);
  const { type } = state;
  if (type.upcast !== undefined && version < type.schemaVersion) {
    fillChecked(state, type.upcast(fields, version));
    return true;
  }
  const foreign: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const field = type.fields.get(name);
    const place = { owner: state, field: name, schema: field?.schema };
    if (field === undefined) foreign.push([name, adopt(value, place)]);
    else state.target[name] = adopt(value, place);
  }
  state.foreignFields = foreign;
  return fillAbsent(state);
}

/** Fields that came into the shape later get their defaults. */
function fillAbsent(state: WarmState): boolean {
  let filled = false;
  for (const field of state.type.fields.values()) {
    if (field.name in state.target || !field.hasDefault()) continue;
    const parsed = checkField(field, undefined);
    if (!parsed.ok || parsed.value === undefined) continue;
    setField(state, field.name, parsed.value);
    filled = true;
  }
  return filled;
}

/** What `upcast` answers is checked like what a constructor is given: the program that runs now must be able to use it. */
function fillChecked(state: WarmState, fields: Readonly<Record<string, unknown>>): void {
  const issues: ValueIssue[] = [];
  for (const field of state.type.fields.values()) {
    const parsed = parseField(state, field, fields[field.name]);
    if (parsed.ok) setField(state, field.name, parsed.value);
    else issues.push(...parsed.issues);
  }
  if (issues.length > 0) throw new EntityValidationError(state.type.name, state.lineageId, issues);
  state.foreignFields = Object.entries(fields)
    .filter(([name]) => !state.type.fields.has(name))
    .map(([name, value]) => [name, adopt(value, { owner: state, field: name, schema: undefined })]);
}

function startLists(
  state: WarmState,
  record: EntityRecord,
  members: readonly object[][],
): Recorded["content"]["lists"] {
  return members.map((list, index) => {
    let tracker = trackerOf(list);
    if (tracker === undefined) {
      tracker = new ListTracker(state, "", undefined, list);
      tracker.holdAll();
    }
    const ids = record.lists[index];
    if (ids !== undefined) tracker.start = { index, ids };
    return tracker;
  });
}
