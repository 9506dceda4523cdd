/** The key of a field in the text of a record, where one that begins with "$" has one more. */
export function recordKey(field: string): string {
  return field.startsWith("$") ? `$${field}` : field;
}
