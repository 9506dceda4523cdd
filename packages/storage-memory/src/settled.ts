/** Whether nobody can make an object read otherwise any more: it is frozen, and no property is computed. */
export function isSettled(value: object): boolean {
  return (
    Object.isFrozen(value) &&
    Reflect.ownKeys(value).every(
      (key) => Reflect.getOwnPropertyDescriptor(value, key)?.get === undefined,
    )
  );
}

/** Freezes all that an object consists of. It stops at what is frozen: of a list that grew, only the new pieces. */
export function freezePieces(value: object): void {
  for (const piece of Object.values(value)) {
    if (typeof piece !== "object" || piece === null || Object.isFrozen(piece)) continue;
    Object.freeze(piece);
    freezePieces(piece);
  }
}
