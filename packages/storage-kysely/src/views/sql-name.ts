import { createHash } from "node:crypto";
import { snakeCase } from "./snake-case.ts";

/** PostgreSQL cuts a name at 63 bytes without a word; what is added to a name has to fit as well. */
const LONGEST = 63;
const LONGEST_ENDING = "_length".length;

/** What stands between words; the rest of what SQL has no plain name for is told apart by a hash. */
const SEPARATORS = /[ ./:-]+/g;
const OTHERS = /[^a-z0-9_]+/g;

/**
 * A name that can be typed in SQL on every engine: small letters, digits and underscores, at most 56 of them. One that is
 * taken gets a hash of what it stands for, as does one that is too long or that loses characters.
 */
export function sqlName(name: string, isTaken: (candidate: string) => boolean): string {
  const separated = snakeCase(name).replace(SEPARATORS, "_");
  const plain = separated.replace(OTHERS, "_").replace(/^(?=[0-9])|^$/, "_");
  const fits = plain === separated && plain.length <= LONGEST - LONGEST_ENDING;
  if (fits && !isTaken(plain)) return plain;
  return withHash(plain, name);
}

/** `name`, or its beginning, and a hash of what it stands for. */
export function withHash(name: string, standsFor: string): string {
  const hash = hashOf(standsFor);
  const longest = LONGEST - LONGEST_ENDING - hash.length - 1;
  return `${name.slice(0, longest)}_${hash}`;
}

/** Eight hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** A name as SQL has it, whatever is in it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL has it. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
