/** An array inside an entity, as the methods see it that put values into it or move them about. */
export interface GuardedArray {
  /**
   * What to put in for values that user code gives. Nothing is put in when one of them is refused.
   *
   * @throws EntityValidationError or UnsupportedValueError
   */
  admit(values: readonly unknown[], at: number): readonly unknown[];
  /** Runs a method that moves what stands in the array from one position to another by reading and writing back. */
  moving<T>(work: () => T): T;
}

/** Whether an array of a length may be given this one: shorter, or the same. */
export function isLength(value: unknown, present: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= present;
}

type Method = (this: unknown[], ...given: unknown[]) => unknown;

const native = Array.prototype;
/** What one call surely takes. */
const MOST_ARGUMENTS = 10_000;

/**
 * The array methods that would otherwise leave a part of their values behind when a later one is refused, or couldn't be
 * told from code that puts a value into a second place.
 */
export function guardedMethods(
  guardOf: (array: object) => GuardedArray | undefined,
): Record<string, Method> {
  const moving = (array: unknown[], work: () => unknown): unknown => {
    const guard = guardOf(array);
    return guard === undefined ? work() : guard.moving(work);
  };
  const admitted = (array: unknown[], values: unknown[], at: number): readonly unknown[] =>
    guardOf(array)?.admit(values, at) ?? values;
  return {
    push(...values) {
      const found = admitted(this, values, this.length);
      return moving(this, () => append(this, found));
    },
    unshift(...values) {
      const found = admitted(this, values, 0);
      return moving(this, () => {
        insert(this, 0, 0, found);
        return this.length;
      });
    },
    splice(...given) {
      const [start, count, ...values] = given;
      const at = relativeIndex(start, this.length);
      const rest = this.length - at;
      // Without a count all that follows goes, and without a start nothing does.
      const asked = given.length < 2 ? rest : Number(count);
      const removed = given.length === 0 ? 0 : Math.min(rest, Math.max(0, Math.trunc(asked) || 0));
      const found = admitted(this, values, at);
      return moving(this, () => insert(this, at, removed, found));
    },
    shift() {
      return moving(this, () => native.shift.call(this));
    },
    sort(...given) {
      return moving(this, () => Reflect.apply(native.sort, this, given));
    },
    reverse() {
      return moving(this, () => native.reverse.call(this));
    },
  };
}

/** One by one: as arguments of one call they may be more than the stack holds. */
export function append(array: unknown[], values: readonly unknown[]): number {
  for (const value of values) native.push.call(array, value);
  return array.length;
}

/** @returns what was removed */
function insert(
  array: unknown[],
  at: number,
  removed: number,
  values: readonly unknown[],
): unknown[] {
  if (values.length <= MOST_ARGUMENTS) return native.splice.call(array, at, removed, ...values);
  const gone = native.splice.call(array, at, removed);
  const rest = native.splice.call(array, at, array.length);
  append(array, values);
  append(array, rest);
  return gone;
}

function relativeIndex(start: unknown, length: number): number {
  const index = Math.trunc(Number(start)) || 0;
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}
