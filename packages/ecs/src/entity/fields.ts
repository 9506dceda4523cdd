import { EntityValidationError } from "../errors.ts";
import { noteWrite } from "../trace/note-write.ts";
import { parseField } from "./parse-value.ts";
import type { EntityType } from "./entity-type.ts";
import { abandon, adopt, holdAll, isHandedOut } from "./tracked-container.ts";
import { stateOf, type WarmState } from "./warm-state.ts";

/** `entity.field = value`: copied in, validated, and noticed. Nothing changes when it is refused. */
export function assignField(owner: WarmState, key: string | symbol, value: unknown): void {
  const field = typeof key === "string" ? owner.type.fields.get(key) : undefined;
  if (field === undefined)
    throw owner.isUnknown ? unchangeable(owner) : undeclared(owner.type, owner.lineageId, key);
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

/** Puts a checked value in place; `undefined` takes the property away. */
export function setField(owner: WarmState, name: string, value: unknown): void {
  if (value === undefined) {
    delete owner.target[name];
    return;
  }
  const schema = owner.type.fields.get(name)?.schema;
  owner.target[name] = adopt(value, { owner, field: name, schema });
}

/** A type without a class here: whether it has such a field isn't known. */
function unchangeable({ type, lineageId }: WarmState): EntityValidationError {
  const message =
    "this registry doesn't know the type, so that it can be kept, moved or replaced, not changed; import its class, or name it in the registry's types";
  return new EntityValidationError(type.name, lineageId, [{ path: [], message }]);
}

/** Puts back the very value that stood in a field. */
function restoreField(owner: WarmState, name: string, before: unknown): void {
  const now = owner.target[name];
  owner.touch(name);
  if (before === undefined) delete owner.target[name];
  else owner.target[name] = before;
  holdAll(before, owner);
  abandon(now, owner);
}

export function undeclared(
  type: EntityType,
  lineageId: string | undefined,
  key: string | symbol,
): EntityValidationError {
  const message = `${type.name} has no such field; declare it in entity("${type.name}", { … })`;
  return new EntityValidationError(type.name, lineageId, [{ path: [String(key)], message }]);
}
