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

type Method = (this: unknown[], ...given: unknown[]) => unknown;

const native = Array.prototype;

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
      return moving(this, () => native.push.apply(this, [...found]));
    },
    unshift(...values) {
      const found = admitted(this, values, 0);
      return moving(this, () => native.unshift.apply(this, [...found]));
    },
    splice(...given) {
      const [start, , ...values] = given;
      const found = admitted(this, values, Math.trunc(Number(start)) || 0);
      return moving(this, () =>
        Reflect.apply(native.splice, this, [...given.slice(0, 2), ...found]),
      );
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
