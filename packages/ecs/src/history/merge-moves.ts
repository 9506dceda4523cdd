import type { SequenceKey } from "./sequence-diff.ts";

/** One stretch of a list, as it was and as each side has it. */
export interface Stretch<T> {
  readonly base: readonly T[];
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

/**
 * What each side has left of a stretch that both rearranged, when neither took any member of it out of its list for
 * good: a member that one side moved elsewhere is left to that place. `undefined` when a member is gone, or stands in
 * the stretch more than once, so that it can't be told which one was moved.
 *
 * @param isOurs whether our whole list has the member; `isTheirs` the same of theirs
 */
export function rearranged<T>(
  { base, ours, theirs }: Stretch<T>,
  keyOf: (member: T) => SequenceKey,
  isOurs: (key: SequenceKey) => boolean,
  isTheirs: (key: SequenceKey) => boolean,
): { readonly ours: readonly T[]; readonly theirs: readonly T[] } | undefined {
  const before = new Set(base.map(keyOf));
  const mine = new Set(ours.map(keyOf));
  const others = new Set(theirs.map(keyOf));
  if (before.size < base.length || mine.size < ours.length || others.size < theirs.length)
    return undefined;
  for (const key of before) if (!isOurs(key) || !isTheirs(key)) return undefined;
  const staysIn = (side: ReadonlySet<SequenceKey>) => (member: T) =>
    !before.has(keyOf(member)) || side.has(keyOf(member));
  return { ours: ours.filter(staysIn(others)), theirs: theirs.filter(staysIn(mine)) };
}
