import { crc32 } from "node:zlib";
import type { EcsId } from "@mi/ecs";

/**
 * Of a version's data; then, if it has any, of the versions that it refers to and of the lengths of its lists. Signed,
 * because SQLite keeps that in four bytes.
 */
export function checksumOf(
  data: string,
  refs: readonly EcsId[],
  listLengths: readonly number[],
): number {
  const sum = crc32(data);
  // Most versions name nothing, and a second call takes as long as a short text does.
  if (refs.length === 0 && listLengths.length === 0) return sum | 0;
  return crc32(`${refs.join(" ")};${listLengths.join(" ")}`, sum) | 0;
}

/** What is wrong with a version whose checksum is another one: which of them, a sum can't tell. */
export const NOT_AS_STORED =
  "one of its references, the length of one of its lists, or its data is not what was stored";
