import { encodeText } from "../text-encoding.ts";

/** An array parameter as PostgreSQL writes it: several times faster than what the driver makes of an array. */
export function numberArray(values: readonly (number | null)[]): string {
  let text = "";
  for (const value of values) text += text === "" ? (value ?? "NULL") : `,${value ?? "NULL"}`;
  return `{${text}}`;
}

export function booleanArray(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? "t" : "f")).join(",")}}`;
}

/** Texts as they are stored. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map(element).join(",")}}`;
}

/** Ids and the like, which need no escaping. */
export function idArray(ids: readonly string[]): string {
  return ids.every(isPlain) ? `{${ids.join(",")}}` : textArray(ids);
}

/** Ids as a JSON array. What can be no id is made a text that the server takes and finds nowhere. */
export function idsAsJson(ids: readonly string[]): string {
  return JSON.stringify(
    ids.map((id) => (isPlain(id) ? id : encodeText(Buffer.from(id).toString()))),
  );
}

export function bytesArray(values: readonly Uint8Array[]): string {
  return `{${values.map((bytes) => `"\\\\x${Buffer.from(bytes).toString("hex")}"`).join(",")}}`;
}

/** Characters that JSON may write in another way than as they are, besides quotes and backslashes. */
const OTHER_IN_JSON = /[^ -\ud7ff\ue000-\uffff]/;

function element(text: string | null): string {
  if (text === null) return "NULL";
  const encoded = encodeText(text);
  // JSON marks quotes and backslashes in the same way, in a quarter of the time.
  return OTHER_IN_JSON.test(encoded)
    ? `"${encoded.replaceAll(/["\\]/g, "\\$&")}"`
    : JSON.stringify(encoded);
}

function isPlain(id: string): boolean {
  return /^[0-9a-f-]{36}$/.test(id);
}
