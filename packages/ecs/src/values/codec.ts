import { types } from "node:util";
import { CorruptionError } from "../errors.ts";
import { isPlainObject, setOwn } from "./plain-object.ts";

/**
 * The text of a record: JSON that keeps key order, with what JSON can't say in objects of one key that begins with "$":
 *
 *     {"$ref":i}        refs[i] of the record          {"$date":"2026-01-01T00:00:00.000Z"}
 *     {"$list":k}       lists[k] of the record         {"$bigint":"12345678901234567890"}
 *     {"$string":{"text":"a\ufffdb","units":[[1,0]]}}  a string with NUL or lone surrogates
 *     {"$entries":[[key,value],…]}                     an object with such a string as a key
 *
 * A user's own key that begins with "$" gets one more. The text never holds an escaped NUL or a lone surrogate: one of
 * them would make a whole SELECT over JSON fail in PostgreSQL. `text` is the readable form, and `units` the UTF-16 code
 * units that U+FFFD stands for, by position.
 *
 * Equal values have equal text, so that two versions compare by their text.
 */

/** Gives the places of what stands outside the text. */
export interface ReferenceSink {
  /** The index of an entity in the record's refs; `undefined` for any other object. */
  reference(value: object): number | undefined;
  /** The index of a list of entities in the record's lists; `undefined` for anything else. */
  list(value: object): number | undefined;
}

/** What a record's `{"$ref":i}` and `{"$list":k}` become. */
export interface ReferenceSource {
  reference(index: number): unknown;
  list(index: number): unknown;
}

const noSink: ReferenceSink = { reference: () => undefined, list: () => undefined };

// NUL, or a surrogate without its other half: in a pattern with the u flag a whole pair is one other character.
const unsafe = /[\0\p{Surrogate}]/u;

export function encodeValue(value: unknown, sink: ReferenceSink = noSink): string {
  switch (typeof value) {
    case "string":
      return encodeString(value);
    case "number":
    case "boolean":
      return String(value);
    case "bigint":
      return `{"$bigint":"${value}"}`;
    case "object":
      return value === null ? "null" : encodeObject(value, sink);
    default:
      throw new TypeError(`a ${typeof value} reached the codec; copyValue refuses it`);
  }
}

/** The text of an object whose keys and already encoded values are given. */
export function encodeFields(fields: readonly (readonly [key: string, text: string])[]): string {
  return `{${fields.map(([key, text]) => `${JSON.stringify(escapeKey(key))}:${text}`).join(",")}}`;
}

function encodeObject(value: object, sink: ReferenceSink): string {
  const reference = sink.reference(value);
  if (reference !== undefined) return `{"$ref":${reference}}`;
  const list = sink.list(value);
  if (list !== undefined) return `{"$list":${list}}`;
  if (Array.isArray(value)) {
    return `[${value.map((item) => encodeValue(item, sink)).join(",")}]`;
  }
  if (types.isDate(value)) return `{"$date":"${value.toISOString()}"}`;
  const entries = Object.entries(value);
  if (entries.some(([key]) => unsafe.test(key)))
    return `{"$entries":[${entries.map(([key, part]) => `[${encodeString(key)},${encodeValue(part, sink)}]`).join(",")}]}`;
  return encodeFields(entries.map(([key, part]) => [key, encodeValue(part, sink)]));
}

function encodeString(value: string): string {
  if (!unsafe.test(value)) return JSON.stringify(value);
  const units: [number, number][] = [];
  const text = value.replace(/[\0\p{Surrogate}]/gu, (unit, index: number) => {
    units.push([index, unit.charCodeAt(0)]);
    return "\ufffd";
  });
  return `{"$string":{"text":${JSON.stringify(text)},"units":${JSON.stringify(units)}}}`;
}

function escapeKey(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

/**
 * The value of a text.
 *
 * @throws CorruptionError when the text is none of this codec's.
 */
export function decodeValue(text: string, source?: ReferenceSource): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CorruptionError("a record's text is no JSON", { text: text.slice(0, 200) }, cause);
  }
  // Nearly all records hold plain data only: nothing to walk.
  return text.includes('"$') ? revive(parsed, source) : parsed;
}

function revive(value: unknown, source: ReferenceSource | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => revive(item, source));
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && /^\$[a-z]/.test(first[0]))
    return reviveTagged(first[0], first[1], source);
  const out: Record<string, unknown> = {};
  for (const [key, part] of entries)
    setOwn(out, key.startsWith("$") ? key.slice(1) : key, revive(part, source));
  return out;
}

function reviveTagged(tag: string, body: unknown, source: ReferenceSource | undefined): unknown {
  switch (tag) {
    case "$ref":
      if (source !== undefined && typeof body === "number") return source.reference(body);
      break;
    case "$list":
      if (source !== undefined && typeof body === "number") return source.list(body);
      break;
    case "$date":
      if (typeof body === "string") return new Date(body);
      break;
    case "$bigint":
      if (typeof body === "string" && /^-?\d+$/.test(body)) return BigInt(body);
      break;
    case "$string":
      return reviveString(body);
    case "$entries":
      if (Array.isArray(body)) return reviveEntries(body, source);
      break;
  }
  throw new CorruptionError(`a record's text holds an unknown or damaged ${tag}`);
}

function reviveString(body: unknown): string {
  if (!isPlainObject(body) || typeof body["text"] !== "string" || !Array.isArray(body["units"]))
    throw new CorruptionError("a record's text holds a damaged $string");
  const characters = body["text"].split("");
  for (const unit of body["units"] as readonly unknown[]) {
    if (!Array.isArray(unit) || typeof unit[0] !== "number" || typeof unit[1] !== "number")
      throw new CorruptionError("a record's text holds a damaged $string");
    characters[unit[0]] = String.fromCharCode(unit[1]);
  }
  return characters.join("");
}

function reviveEntries(body: readonly unknown[], source: ReferenceSource | undefined): unknown {
  const out: Record<string, unknown> = {};
  for (const entry of body) {
    if (!Array.isArray(entry)) throw new CorruptionError("a record's text holds damaged $entries");
    const key = revive(entry[0], source);
    if (typeof key !== "string")
      throw new CorruptionError("a record's text holds damaged $entries");
    setOwn(out, key, revive(entry[1], source));
  }
  return out;
}
