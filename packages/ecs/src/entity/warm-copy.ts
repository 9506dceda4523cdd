import { EntityValidationError } from "../errors.ts";
import { noteRead } from "../trace/trace.ts";
import { assignField } from "./fields.ts";
import { isPlainDescriptor } from "../values/plain-object.ts";
import { handOut } from "./tracked-container.ts";
import { STATE, WarmState } from "./warm-state.ts";

type Target = Record<string, unknown>;

/**
 * A warm copy with the proxy that user code holds as the entity: reads hand out tracked values, writes are checked. It is
 * the handler itself: ten thousand loaded messages need no second object each.
 */
export class WarmCopy extends WarmState implements ProxyHandler<Target> {
  readonly entity: object = new Proxy(this.seen, this);

  /** What the proxy stands before. */
  protected get seen(): Target {
    return this.target;
  }

  ownKeys(_target: Target): (string | symbol)[] {
    return Reflect.ownKeys(this.target);
  }

  has(_target: Target, key: string | symbol): boolean {
    return Reflect.has(this.target, key);
  }

  get(target: Target, key: string | symbol, receiver: unknown): unknown {
    if (key === STATE) return this;
    if (typeof key === "string") {
      const field = this.type.fields.get(key);
      if (field !== undefined) {
        noteRead(this);
        return handOut(this.target[key], this, field.name, field.schema);
      }
    }
    this.#adoptClass(target);
    return Reflect.get(target, key, receiver);
  }

  getPrototypeOf(target: Target): object | null {
    this.#adoptClass(target);
    return Reflect.getPrototypeOf(target);
  }

  set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    const isField = typeof key === "string" && this.type.fields.has(key);
    if (!isField && setterOf(this.type.prototype, key) !== undefined)
      return Reflect.set(target, key, value, receiver);
    assignField(this, key, value);
    return true;
  }

  defineProperty(_target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (!isPlainDescriptor(descriptor))
      throw new EntityValidationError(this.type.name, this.lineageId, [
        {
          path: [String(key)],
          message: "fields hold values that stay writable; declare getters in the class",
        },
      ]);
    assignField(this, key, descriptor.value);
    return true;
  }

  deleteProperty(_target: Target, key: string | symbol): boolean {
    if (typeof key === "string" && this.type.fields.has(key)) assignField(this, key, undefined);
    return true;
  }

  getOwnPropertyDescriptor(_target: Target, key: string | symbol): PropertyDescriptor | undefined {
    const own = Reflect.getOwnPropertyDescriptor(this.target, key);
    const field = typeof key === "string" ? this.type.fields.get(key) : undefined;
    if (own === undefined || field === undefined) return own;
    return { ...own, value: handOut(own.value, this, field.name, field.schema) };
  }

  /**
   * A copy that was loaded before its class was first used is an instance of the class that `entity()` made. From then on
   * it is one of the class that the program declared.
   */
  #adoptClass(target: Target): void {
    const present = Reflect.getPrototypeOf(target);
    const { prototype } = this.type;
    if (present === prototype || present === null) return;
    if (Object.prototype.isPrototypeOf.call(present, prototype))
      Reflect.setPrototypeOf(target, prototype);
  }

  setPrototypeOf(): boolean {
    return this.#refuse("an entity stays of its class");
  }

  preventExtensions(): boolean {
    return this.#refuse(
      "an entity can't be frozen or sealed; Object.freeze() what toObject() gives",
    );
  }

  #refuse(message: string): never {
    throw new EntityValidationError(this.type.name, this.lineageId, [{ path: [], message }]);
  }
}

/** A setter of the class. */
function setterOf(prototype: object, key: string | symbol): PropertyDescriptor["set"] {
  for (let at: object | null = prototype; at !== null; at = Reflect.getPrototypeOf(at)) {
    const own = Reflect.getOwnPropertyDescriptor(at, key);
    if (own !== undefined) return at === Object.prototype ? undefined : own.set;
  }
  return undefined;
}
