/** Whether nobody can make an object read otherwise any more: it is frozen, and no property is computed. */
export function isSettled(value: object): boolean {
  return (
    Object.isFrozen(value) &&
    Reflect.ownKeys(value).every(
      (key) => Reflect.getOwnPropertyDescriptor(value, key)?.get === undefined,
    )
  );
}
