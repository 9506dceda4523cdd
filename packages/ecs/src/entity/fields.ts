import { EntityValidationError, type ValueIssue } from "../errors.ts";
import { noteWrite } from "../trace/note-write.ts";
import { parseField } from "./parse-value.ts";
import type { EntityType } from "./entity-type.ts";
import { abandon, adopt, holdAll, isHandedOut } from "./tracked-container.ts";
import { moveToEnd } from "../values/plain-object.ts";
import { stateOf, type WarmState } from "./warm-state.ts";

/** `entity.field = value`: copied in, validated, and noticed. Nothing changes when it is refused. */
export function assignField(owner: WarmState, key: string | symbol, value: unknown): void {
  const field = typeof key === "string" ? owner.type.fields.get(key) : undefined;
  if (field === undefined) throw noField(owner, key);
  const before = owner.target[field.name];
  if (value === before && (typeof value !== "object" || stateOf(value) !== undefined)) return;
  if (typeof value === "object" && value !== null && isHandedOut(value, before)) return;
  const parsed = parseField(owner, field, value);
  if (!parsed.ok) throw new EntityValidationError(owner.type.name, owner.lineageId, parsed.issues);
  noteWrite(owner, () => restoreField(owner, field.name, before));
  owner.touch(field.name);
  owner.unchecked?.delete(field.name);
  setField(owner, field.name, parsed.value);
  abandon(before, owner);
}

/** Puts a checked value in place, in the order of the declaration; `undefined` takes the property away. */
export function setField(owner: WarmState, name: string, value: unknown): void {
  const isLate = value !== undefined && !Object.hasOwn(owner.target, name);
  putField(owner, name, value);
  if (isLate) moveToEnd(owner.target, fieldsBehind(owner.type, name));
}

/** As {@link setField}, of fields that come in their order. */
export function putField(owner: WarmState, name: string, value: unknown): void {
  if (value === undefined) {
    delete owner.target[name];
    return;
  }
  const schema = owner.type.fields.get(name)?.schema;
  owner.target[name] = adopt(value, { owner, field: name, schema });
}

/** Puts back the very value that stood in a field. */
function restoreField(owner: WarmState, name: string, before: unknown): void {
  const now = owner.target[name];
  owner.touch(name);
  if (before === undefined) delete owner.target[name];
  else {
    owner.target[name] = before;
    if (now === undefined) moveToEnd(owner.target, fieldsBehind(owner.type, name));
  }
  holdAll(before, owner);
  abandon(now, owner);
}

function noField({ type, lineageId }: WarmState, key: string | symbol): EntityValidationError {
  const issue = undeclared(type, key);
  const message = `${type.name} has no such field: the class gives it, and it can't be assigned`;
  return new EntityValidationError(type.name, lineageId, [
    key in type.prototype ? { ...issue, message } : issue,
  ]);
}

function* fieldsBehind(type: EntityType, name: string): Generator<string> {
  let isBehind = false;
  for (const field of type.fields.keys()) {
    if (isBehind) yield field;
    isBehind ||= field === name;
  }
}

/** What is wrong with a name that is no field. */
export function undeclared(type: EntityType, key: string | symbol): ValueIssue {
  const message = `${type.name} has no such field; declare it in entity("${type.name}", { … })`;
  return { path: [String(key)], message };
}
