import type { JsonObject } from "@mi/clients";

/** A copy that later changes of the original don't reach: a request is sent after it was made. */
export function plainJson(value: JsonObject): JsonObject {
  const copy: JsonObject = JSON.parse(JSON.stringify(value));
  return copy;
}
