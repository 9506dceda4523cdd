/** The key of a field in the text of a record, where one that begins with "$" has one more. */
export function recordKey(field: string): string {
  return field.startsWith("$") ? `$${field}` : field;
}

/** The name of a field as a value that every database takes. */
export function readableName(field: string): string {
  return field.replace(/[\0\p{Surrogate}]/gu, "\u{fffd}");
}
