import { CorruptionError, EntityValidationError } from "../errors.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { Entity } from "./entity.ts";
import { EntityType } from "./entity-type.ts";
import { WarmCopy } from "./warm-copy.ts";
import { requireState, stateOf, type WarmState } from "./warm-state.ts";

type Target = Record<string, unknown>;

/**
 * A sub-entity of a type that this registry doesn't know. It may stand in any reference field, and can be kept, moved or
 * replaced, not changed: it is written back byte for byte. It looks like an object with its `type` and its `record`.
 */
export class UnknownEntity extends Entity {
  /** The stored name of its type. */
  get type(): string {
    return requireState(this).type.name;
  }

  /** Its cold snapshot. */
  get record(): EntityRecord {
    return recordOf(requireState(this));
  }

  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    if (stateOf(this) === undefined) return this;
    const { type, record } = this;
    const shown: object = Object.create(UnknownEntity.prototype);
    Object.defineProperty(shown, "type", { value: type, enumerable: true });
    return Object.defineProperty(shown, "record", { value: record, enumerable: true });
  }
}

/** The warm copy of an {@link UnknownEntity}. */
export class UnknownCopy extends WarmCopy {
  /** Frozen, with getters: the record is another one when something that it holds has a new version. */
  protected override get seen(): Target {
    const shown: Target = Object.create(UnknownEntity.prototype);
    const get = (name: "type" | "record", value: () => unknown) =>
      Object.defineProperty(shown, name, { get: value, enumerable: true });
    get("type", () => this.type.name);
    get("record", () => recordOf(this));
    return Object.freeze(shown);
  }

  override ownKeys(target: Target): (string | symbol)[] {
    return Reflect.ownKeys(target);
  }

  override has(target: Target, key: string | symbol): boolean {
    return Reflect.has(target, key);
  }

  override getOwnPropertyDescriptor(
    target: Target,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(target, key);
  }

  override set(_target: Target, key: string | symbol): boolean {
    return this.#refuse(key);
  }

  override defineProperty(
    target: Target,
    key: string | symbol,
    descriptor: PropertyDescriptor,
  ): boolean {
    // Freezing it once more changes nothing.
    return Reflect.defineProperty(target, key, descriptor) || this.#refuse(key);
  }

  override deleteProperty(_target: Target, key: string | symbol): boolean {
    return this.#refuse(key);
  }

  override preventExtensions(): boolean {
    return true;
  }

  #refuse(key: string | symbol): never {
    const message =
      "this registry doesn't know the type, so that it can be kept, moved or replaced, not changed; import its class, or name it in the registry's types";
    throw new EntityValidationError(this.type.name, this.lineageId, [
      { path: [String(key)], message },
    ]);
  }
}

function recordOf({ recorded, ecsId }: WarmState): EntityRecord {
  if (recorded === undefined) throw new CorruptionError(`version ${ecsId} has no record`);
  return recorded.record;
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
