import { abandon, adopt, type StoredLists } from "../entity/tracked-container.ts";
import { ListTracker, trackerOf } from "../entity/list-tracker.ts";
import { putField, setField } from "../entity/fields.ts";
import { parseField } from "../entity/parse-value.ts";
import { UnknownCopy, unknownType } from "../entity/unknown-entity.ts";
import { WarmCopy } from "../entity/warm-copy.ts";
import { Recorded, type Home, type WarmState } from "../entity/warm-state.ts";
import { CorruptionError, EntityValidationError, type ValueIssue } from "../errors.ts";
import { encodeContent } from "../fork/content.ts";
import type { EntityType } from "../entity/entity-type.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { decodeValue, type ReferenceSource } from "../values/codec.ts";
import { isPlainObject, moveToEnd } from "../values/plain-object.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** Which warm copy stands for a version in the tree that is being made. */
export type Resolve = (id: EcsId | undefined) => WarmState;

/** A warm copy without its fields yet. */
export function shell(
  record: EntityRecord,
  types: TypeCatalog,
  home: Home,
  load: object,
): WarmState {
  const known = types.find(record.type);
  const type = known ?? unknownType(record.type);
  const target: Record<string, unknown> = Object.create(type.prototype);
  const state = new (known === undefined ? UnknownCopy : WarmCopy)({
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

/** Makes a warm copy stand on a record, its fields still to be filled. What it was before is forgotten. */
export function standOn(state: WarmState, record: EntityRecord, resolve: Resolve): void {
  state.readLater(undefined);
  for (const name of Object.keys(state.target)) {
    abandon(state.target[name], state);
    delete state.target[name];
  }
  for (const [, value] of state.foreignFields) abandon(value, state);
  state.foreignFields = [];
  state.ecsId = record.ecsId;
  state.parentId = record.parentId;
  state.mergedFromId = record.mergedFromId;
  state.createdAt = record.createdAt;
  state.recorded = Recorded.as(record, record.refs.map(resolve), []);
}

/**
 * Makes a fresh copy of a record that holds no entity stand on it; its fields are read when it is first looked into: of the
 * messages of a long thread few ever are. Answers whether it could.
 */
export function standLightly(state: WarmState, record: EntityRecord): boolean {
  const isLeaf = record.refs.length === 0 && record.lists.length === 0;
  if (!isLeaf || state.isUnknown || record.schemaVersion !== state.type.schemaVersion) return false;
  state.recorded = new Recorded(record);
  state.readLater(fillLeaf);
  return true;
}

function fillLeaf(state: WarmState): void {
  fill(state, holdsNothing);
}

const holdsNothing: Resolve = () => {
  throw new CorruptionError("a record's text refers outside its refs");
};

/** Puts the fields in place, without validation: they were valid when they were written. */
export function fill(state: WarmState, resolve: Resolve): void {
  const { recorded } = state;
  if (recorded === undefined) return;
  const { record } = recorded;
  const members = record.lists.map((list) =>
    list.slice(0, list.length).map((id) => resolve(id).entity),
  );
  const { refs } = recorded.content;
  if (state.isUnknown) for (const held of refs) state.hold(held, false);
  else {
    const fields = decoded(record, {
      reference: (index) => refs[index]?.entity,
      list: (index) => members[index],
    });
    const stored: StoredLists = { lists: new Set(members), areOther: false };
    if (fillFields(state, fields, record, stored) || stored.areOther) {
      state.recorded = convertedFrom(record, encodeContent(state));
      return;
    }
  }
  if (refs.length > 0 || members.length > 0)
    state.recorded = Recorded.as(record, refs, startLists(state, record, members));
}

/** @throws CorruptionError that names the version */
function decoded({ ecsId, lineageId, type, data }: EntityRecord, source: ReferenceSource): unknown {
  try {
    return decodeValue(data, source);
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    throw new CorruptionError(
      `version ${ecsId} of ${type} can't be read: ${error.message}; run the storage's verify() and restore a backup`,
      { ...error.details, ecsId, lineageId, type },
      error,
    );
  }
}

/** Gives a warm copy the fields of another record than the one that it stands on, as if user code had assigned them. */
export function overwrite(state: WarmState, content: EntityRecord, resolve: Resolve): void {
  const { recorded } = state;
  state.recorded = Recorded.as(content, content.refs.map(resolve), []);
  fill(state, resolve);
  const filled: Recorded = state.recorded;
  if (recorded === undefined) return;
  for (const list of filled.content.lists) list.start = undefined;
  state.recorded = state.isUnknown ? recorded.withContent(filled.content) : recorded;
  if (state.isUnknown) state.mustFork ||= content.data !== recorded.record.data;
  else state.touched = new Set(state.type.fields.keys());
}

/** A copy of a record of an older shape is unmodified as it is, and written in the new shape once something changes. */
function convertedFrom(record: EntityRecord, content: Recorded["content"]): Recorded {
  return new Recorded(record, content, {
    refIds: content.refs.map((held) => held.ecsId),
    listIds: content.lists.map((list) => list.ids((held) => held.ecsId)),
  });
}

/** Answers whether the fields were brought to the present shape, or to its order: content is compared as it would be written. */
function fillFields(
  state: WarmState,
  fields: unknown,
  { schemaVersion, data }: EntityRecord,
  stored: StoredLists,
): boolean {
  if (!isPlainObject(fields))
    throw new CorruptionError(`the text of version ${state.ecsId} is no object`);
  const { type } = state;
  if (type.upcast !== undefined && schemaVersion < type.schemaVersion) {
    fillChecked(state, upcasted(state, type.upcast, fields, schemaVersion));
    return true;
  }
  const { target } = state;
  // Plain data needs no guard before it is handed out; most records hold nothing else.
  const holdsTags = data.includes('"$');
  const foreign: [string, unknown][] = [];
  const declared = type.fields.keys();
  let isInOrder = true;
  for (const name of Object.keys(fields)) {
    const field = type.fields.get(name);
    if (field !== undefined) isInOrder &&= foreign.length === 0 && reaches(declared, name);
    let value = fields[name];
    if (typeof value === "object" && (holdsTags || field?.mayHoldReferences === true))
      value = adopt(value, { owner: state, field: name, schema: field?.schema, stored });
    if (field === undefined) foreign.push([name, value]);
    else target[name] = value;
  }
  state.foreignFields = foreign;
  if (!isInOrder) moveToEnd(target, type.fields.keys());
  const isFilled = Object.keys(target).length < type.fields.size && fillAbsent(state);
  return isFilled || !isInOrder;
}

/** Whether a name is among those that are still to come; they are passed up to it. */
function reaches(names: Iterator<string>, name: string): boolean {
  for (let next = names.next(); next.done !== true; next = names.next())
    if (next.value === name) return true;
  return false;
}

/** @throws EntityValidationError that says which version it is about: `upcast` is the program's own */
function upcasted(
  { type, lineageId, ecsId }: WarmState,
  upcast: NonNullable<EntityType["upcast"]>,
  fields: Record<string, unknown>,
  schemaVersion: number,
): Readonly<Record<string, unknown>> {
  const which = `(version ${ecsId} of schema version ${schemaVersion})`;
  let answer: unknown;
  try {
    answer = upcast(fields, schemaVersion);
  } catch (error) {
    throw EntityValidationError.ofThrown(type.name, lineageId, { what: "upcast()", which }, error);
  }
  if (isPlainObject(answer)) return answer;
  throw new EntityValidationError(type.name, lineageId, [
    { path: [], message: `upcast() must answer the fields, an object ${which}` },
  ]);
}

/** Fields that came into the shape later get their defaults. */
function fillAbsent(state: WarmState): boolean {
  let filled = false;
  for (const field of state.type.fields.values()) {
    if (field.name in state.target || !field.hasDefault()) continue;
    const parsed = parseField(state, field, undefined);
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
    if (parsed.ok) putField(state, field.name, parsed.value);
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
