import { StorageError } from "@mi/ecs";

/** Callers in JavaScript are not checked by a compiler. */
export function requireOptions(options: unknown): void {
  if (typeof options !== "object" || options === null)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `The options of open() must be an object, got ${kindOf(options)}`,
    );
}

/** What a value is, without what may be secret in it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : `an object of ${value.constructor.name}`;
}
