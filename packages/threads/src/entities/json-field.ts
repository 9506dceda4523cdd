import { z } from "zod";
import type { JsonObject, JsonValue } from "@mi/clients";

/**
 * Fields of plain JSON. Not `z.json()`: that copies what it checks, and loses a key named `__proto__` on the way. The core
 * has copied the value already, so that neither circles nor depth need a guard here.
 */
export const jsonValue = z.custom<JsonValue>(isJsonValue, { error: "expected JSON" });

export const jsonObject = z.custom<JsonObject>(
  (value) =>
    isJsonValue(value) && typeof value === "object" && value !== null && !Array.isArray(value),
  { error: "expected a JSON object" },
);

function isJsonValue(value: unknown): value is JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "number":
      return true;
    case "object":
      if (value === null) return true;
      // Not the values of a Date: it has none.
      if (Object.prototype.toString.call(value) === "[object Date]") return false;
      return Object.values(value).every(isJsonValue);
    default:
      return false;
  }
}
