import { crc32 } from "node:zlib";

/** Of a text as UTF-8; signed, because SQLite keeps that in four bytes. */
export function checksumOf(text: string): number {
  return crc32(text) | 0;
}
