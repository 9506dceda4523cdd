import { CorruptionError } from "../errors.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { Entity } from "./entity.ts";
import { EntityType } from "./entity-type.ts";
import { requireState } from "./warm-state.ts";

/**
 * A sub-entity of a type that this registry doesn't know. It may stand in any reference field, and can be kept, moved or
 * replaced, not changed: it is written back byte for byte.
 */
export class UnknownEntity extends Entity {
  /** The stored name of its type. */
  get type(): string {
    return requireState(this).type.name;
  }

  /** Its cold snapshot. */
  get record(): EntityRecord {
    const { recorded, ecsId } = requireState(this);
    if (recorded === undefined) throw new CorruptionError(`version ${ecsId} has no record`);
    return recorded.record;
  }
}

const types = new Map<string, EntityType>();

export function unknownType(name: string): EntityType {
  const known = types.get(name);
  if (known !== undefined) return known;
  const type = new EntityType(name, {}, {}, undefined);
  type.notePrototype(UnknownEntity.prototype);
  types.set(name, type);
  return type;
}
