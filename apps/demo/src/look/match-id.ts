import { UsageError } from "../cli/usage-error.ts";

/**
 * The id that a user means: whole, or so much of its end that it is no other's, with or without the dots that stand
 * before a shortened one.
 *
 * @returns `undefined` when none of them ends so
 * @throws UsageError when several do
 */
export function matchId<Id extends string>(
  text: string,
  ids: Iterable<Id>,
  kind: string,
): Id | undefined {
  const end = endOfId(text);
  if (end === undefined) return undefined;
  const matches = [...ids].filter((id) => id.endsWith(end));
  if (matches.length > 1)
    throw new UsageError(
      `${matches.length} ${kind}s have an id that ends in ${end}; give more of it: ${matches.slice(0, 4).join(", ")}${matches.length > 4 ? ", …" : ""}`,
    );
  return matches[0];
}

/** Whether a text could stand for an id. Fewer characters are a word, or by chance the end of some id. */
export function looksLikeId(text: string): boolean {
  return endOfId(text) !== undefined;
}

function endOfId(text: string): string | undefined {
  const end = text.replace(/^(…|\.{2,3})/, "").toLowerCase();
  return /^[0-9a-f-]{6,}$/.test(end) ? end : undefined;
}
