import { encodeText } from "../text-encoding.ts";

/** An array parameter as PostgreSQL writes it: several times faster than what the driver makes of an array. */
export function numberArray(values: readonly number[]): string {
  return `{${values.join(",")}}`;
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

function element(text: string | null): string {
  return text === null ? "NULL" : `"${encodeText(text).replaceAll(/["\\]/g, "\\$&")}"`;
}

function isPlain(id: string): boolean {
  return /^[0-9a-f-]{36}$/.test(id);
}
