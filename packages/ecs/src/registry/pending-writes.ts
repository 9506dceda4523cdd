import { types } from "node:util";
import { setField } from "../entity/fields.ts";
import { trackerOf } from "../entity/list-tracker.ts";
import { abandon } from "../entity/tracked-container.ts";
import { type Recorded, stateOf, type WarmState } from "../entity/warm-state.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { mergeValues } from "../merge/merge-values.ts";
import { EntityToken, ListToken, tokensOf, tokenText } from "../merge/tokens.ts";
import { setOwn } from "../values/plain-object.ts";

type LineageOf = (id: EcsId) => LineageId;

/** A field that was written since the cold snapshot: what stood there, and what stands there now, with tokens. */
interface PendingField {
  readonly name: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** What code wrote to a copy and didn't commit yet. */
export interface PendingWrites {
  readonly state: WarmState;
  readonly fields: readonly PendingField[];
  /** What the written values hold, new entities included. */
  readonly held: ReadonlyMap<LineageId, WarmState>;
}

/** The versions that copies with uncommitted writes stand on: their lineages must be known. */
export function* versionsBehindWrites(states: Iterable<WarmState>): Generator<EcsId> {
  for (const state of states) {
    if (!isWritten(state)) continue;
    yield* state.recorded.refIds;
    for (const list of state.recorded.listIds) yield* list;
  }
}

export function pendingWrites(
  states: Iterable<WarmState>,
  lineageOf: LineageOf,
): readonly PendingWrites[] {
  const found: PendingWrites[] = [];
  for (const state of states) {
    if (!isWritten(state)) continue;
    const before = snapshotTokens(state.recorded, lineageOf);
    const held = new Map<LineageId, WarmState>();
    const fields: PendingField[] = [];
    for (const name of state.type.fields.keys()) {
      const now = liveTokens(state.target[name], held);
      const old = Object.hasOwn(before, name) ? before[name] : undefined;
      if (tokenText(now) !== tokenText(old)) fields.push({ name, before: old, now });
    }
    if (fields.length > 0) found.push({ state, fields, held });
  }
  return found;
}

/**
 * Puts writes on top of what a copy was moved to, as modifications for its next fork: joined with what the move brought
 * as in a merge; where both changed one thing, the write stands.
 */
export function putBack(
  { state, fields, held }: PendingWrites,
  moved: ReadonlyMap<LineageId, WarmState>,
  lineageOf: LineageOf,
): void {
  if (state.recorded === undefined) return;
  const present = snapshotTokens(state.recorded, lineageOf);
  for (const { name, before, now } of fields) {
    const brought = Object.hasOwn(present, name) ? present[name] : undefined;
    const schema = state.type.fields.get(name)?.schema;
    const value = mergeValues(before, now, brought, [name], schema, ({ ours }) => ours);
    if (tokenText(value) === tokenText(brought)) continue;
    abandon(state.target[name], state);
    setField(
      state,
      name,
      live(value, (lineageId) => moved.get(lineageId) ?? held.get(lineageId)),
    );
    state.touchInside(name);
  }
}

function isWritten(state: WarmState): state is WarmState & { readonly recorded: Recorded } {
  if (state.recorded === undefined || state.isUnknown) return false;
  return (state.touched?.size ?? 0) > 0 || (state.touchedLists?.size ?? 0) > 0;
}

function snapshotTokens(recorded: Recorded, lineageOf: LineageOf): Record<string, unknown> {
  const { record, content, refIds, listIds } = recorded;
  return tokensOf(
    { ecsId: record.ecsId, data: content.data, refs: refIds, lists: listIds },
    lineageOf,
  );
}

function liveTokens(value: unknown, held: Map<LineageId, WarmState>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const state = stateOf(value);
  if (state !== undefined) return tokenFor(state, held);
  if (types.isDate(value)) return new Date(value.getTime());
  const list = trackerOf(value);
  if (list !== undefined)
    return new ListToken([...list.states()].map((member) => tokenFor(member, held).lineageId));
  // A hole is refused at the fork, and left out here: nothing can stand for it.
  if (Array.isArray(value))
    return value.filter((part) => part !== undefined).map((part) => liveTokens(part, held));
  const out: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) setOwn(out, key, liveTokens(part, held));
  return out;
}

function tokenFor(state: WarmState, held: Map<LineageId, WarmState>): EntityToken {
  if (!held.has(state.lineageId)) held.set(state.lineageId, state);
  return new EntityToken(state.lineageId);
}

/** A value of its own, with entities in the places of tokens. */
function live(value: unknown, entityOf: (lineageId: LineageId) => WarmState | undefined): unknown {
  if (value instanceof EntityToken) return entityOf(value.lineageId)?.entity;
  if (value instanceof ListToken)
    return value.members.flatMap((lineageId) => entityOf(lineageId)?.entity ?? []);
  if (Array.isArray(value)) return value.map((part: unknown) => live(part, entityOf));
  if (typeof value !== "object" || value === null || types.isDate(value)) return value;
  const out: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) setOwn(out, key, live(part, entityOf));
  return out;
}
