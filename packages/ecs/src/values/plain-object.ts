/** Realm-safe: an object literal, or one without a prototype; no class instance, no array. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a descriptor says no more than a value: no getter, and nothing that would stay as it is. */
export function isPlainDescriptor(descriptor: PropertyDescriptor): boolean {
  const { writable, enumerable, configurable } = descriptor;
  return "value" in descriptor && ![writable, enumerable, configurable].includes(false);
}

/** Sets an own property under any name, `__proto__` included. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  else Reflect.set(target, key, value);
}

/** Puts those of the keys that are there behind all others, in this order. */
export function moveToEnd(target: object, keys: Iterable<string>): void {
  for (const key of keys) {
    const present = Reflect.getOwnPropertyDescriptor(target, key);
    if (present === undefined) continue;
    Reflect.deleteProperty(target, key);
    Object.defineProperty(target, key, present);
  }
}
