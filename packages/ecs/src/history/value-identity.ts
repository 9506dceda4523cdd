import { types } from "node:util";
import { isRefList, VersionReference } from "./record-fields.ts";

/**
 * Gives equal values the same number: in one walk over each, whatever is compared with whatever afterwards. The order of
 * an object's keys is part of it.
 */
export class ValueIdentity {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<object, number>();

  of(value: unknown): number {
    if (typeof value !== "object" || value === null) return this.#numberOf(leafText(value));
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const number = this.#numberOf(this.#text(value));
    this.#known.set(value, number);
    return number;
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Parts stand in it as their numbers, so that it is never longer than one level. */
  #text(value: object): string {
    if (types.isDate(value)) return `date ${value.getTime()}`;
    if (value instanceof VersionReference) return `reference ${value.ref}`;
    if (isRefList(value)) return `references ${[...value].join(" ")}`;
    const parts = Object.values(value).map((part) => this.of(part));
    return Array.isArray(value)
      ? `array ${parts.join(" ")}`
      : `object ${JSON.stringify(Object.keys(value))} ${parts.join(" ")}`;
  }
}

function leafText(value: unknown): string {
  return `${typeof value} ${String(value)}`;
}
