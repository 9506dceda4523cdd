import { isArray, isDate, isMap, isPlain, isRefList } from "./first-difference.ts";

const longestString = 160;
const mostItems = 8;
const deepest = 4;

/** A value as text for a person: lists and maps shown by content, all that is long cut short. */
export function valueText(value: unknown, depth = 0): string {
  if (typeof value === "string") return stringText(value);
  if (isErrorLike(value)) return errorText(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isDate(value)) return `Date(${JSON.stringify(value)})`;
  if (depth >= deepest) return "…";
  const inner = (item: unknown): string => valueText(item, depth + 1);
  if (isArray(value)) return `[${cut(value, inner)}]`;
  if (isRefList(value))
    return `RefList(${value.length})[${cut(value.slice(0, mostItems + 1), inner)}]`;
  if (isMap(value))
    return `Map{${cut([...value], ([key, item]) => `${String(key)} => ${inner(item)}`)}}`;
  if (isPlain(value))
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${inner(item)}`)
      .join(", ")}}`;
  return Object.prototype.toString.call(value);
}

function stringText(value: string): string {
  return value.length <= longestString
    ? JSON.stringify(value)
    : `${JSON.stringify(value.slice(0, longestString))} and ${value.length - longestString} more characters`;
}

function cut<T>(items: readonly T[], text: (item: T) => string): string {
  const shown = items.slice(0, mostItems).map(text);
  return (items.length > mostItems ? [...shown, "…"] : shown).join(", ");
}

function isErrorLike(value: unknown): value is { readonly message: string } {
  return (
    Object.prototype.toString.call(value) === "[object Error]" &&
    typeof value === "object" &&
    value !== null &&
    "message" in value
  );
}

function errorText(error: { readonly message: string }): string {
  const name = "name" in error ? String(error.name) : "Error";
  const code = "code" in error ? ` (${String(error.code)})` : "";
  return `${name}${code}: ${error.message}`;
}
