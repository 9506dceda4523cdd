import { rearranged } from "./merge-moves.ts";
import { sequenceEdits, type SequenceEdit, type SequenceKey } from "./sequence-diff.ts";

/** A place that both sides edited, differently. */
export interface ListConflict<T> {
  /** Where in `merged` its outcome belongs: nothing stands there for it. */
  readonly at: number;
  /** Where `base` begins in the base list. */
  readonly baseAt: number;
  /** What stood there before, and what each side made of it. */
  readonly base: readonly T[];
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

export interface ListMerge<T> {
  readonly merged: readonly T[];
  /** In the order of the lists; empty when `merged` is the whole outcome. */
  readonly conflicts: readonly ListConflict<T>[];
}

/**
 * Joins what two sides made of one list. What one side edited is taken; equal edits coincide. What both inserted at one
 * place stands there ours first, then theirs, and once what is in both: two appends are no conflict. A member that either
 * removed is gone, unless the other put something in its place: that is a conflict. A stretch that both rearranged, with
 * nothing taken out of the list, gets the order of ours. What both inserted or moved, to different places, stands at the first
 * of them, so that no member is there more often than on the side that has it more often.
 *
 * @param keyOf says when two members are the same
 */
export function mergeLists<T>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
  keyOf: (member: T) => SequenceKey,
): ListMerge<T> {
  const keys = base.map(keyOf);
  const ourEdits = sequenceEdits(keys, ours.map(keyOf));
  const theirEdits = sequenceEdits(keys, theirs.map(keyOf));
  const merged: T[] = [];
  const conflicts: ListConflict<T>[] = [];
  const has = (side: readonly T[]): ((key: SequenceKey) => boolean) => {
    let all: ReadonlySet<SequenceKey> | undefined;
    return (key) => (all ??= new Set(side.map(keyOf))).has(key);
  };
  const [isOurs, isTheirs] = [has(ours), has(theirs)];
  const moved = (region: Region): readonly T[] | undefined => {
    const stretch = {
      base: base.slice(region.start, region.end),
      ours: sliceOf(ours, region.ours, region),
      theirs: sliceOf(theirs, region.theirs, region),
    };
    const left = rearranged(stretch, keyOf, isOurs, isTheirs);
    return left === undefined ? undefined : bothInserted(left.ours, left.theirs, keyOf);
  };
  let done = 0;
  for (const region of regionsOf(ourEdits, theirEdits)) {
    append(merged, base.slice(done, region.start));
    const outcome = joined(base, ours, theirs, region, keyOf) ?? moved(region);
    if (outcome !== undefined) append(merged, outcome);
    else
      conflicts.push({
        at: merged.length,
        baseAt: region.start,
        base: base.slice(region.start, region.end),
        ours: sliceOf(ours, region.ours, region),
        theirs: sliceOf(theirs, region.theirs, region),
      });
    done = region.end;
  }
  append(merged, base.slice(done));
  const byOurs = inserted(ours, ourEdits, keyOf);
  const byBoth = [...inserted(theirs, theirEdits, keyOf)].filter((key) => byOurs.has(key));
  return byBoth.length === 0
    ? { merged, conflicts }
    : withoutSurplus({ merged, conflicts }, mostOf(byBoth, [ours, theirs], keyOf), keyOf);
}

/** A part of the base list with all edits of either side that touch it. */
interface Region {
  readonly start: number;
  end: number;
  readonly ours: SequenceEdit[];
  readonly theirs: SequenceEdit[];
}

/** Edits that overlap share a region; those that only meet at their ends do not, but for two insertions at one place. */
function* regionsOf(
  ours: readonly SequenceEdit[],
  theirs: readonly SequenceEdit[],
): Generator<Region> {
  let i = 0;
  let j = 0;
  for (;;) {
    const first = earlier(ours[i], theirs[j]);
    if (first === undefined) return;
    const region: Region = { start: first.at, end: endOf(first), ours: [], theirs: [] };
    for (;;) {
      const mine = ours[i];
      const other = theirs[j];
      if (mine !== undefined && (mine === first || overlaps(mine, region))) {
        region.ours.push(mine);
        region.end = Math.max(region.end, endOf(mine));
        i++;
      } else if (other !== undefined && (other === first || overlaps(other, region))) {
        region.theirs.push(other);
        region.end = Math.max(region.end, endOf(other));
        j++;
      } else break;
    }
    yield region;
  }
}

/** At one position an insertion comes before an edit that removes. */
function earlier(
  a: SequenceEdit | undefined,
  b: SequenceEdit | undefined,
): SequenceEdit | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.at < a.at || (b.at === a.at && b.remove === 0) ? b : a;
}

/** Of an edit that begins no earlier than the region. */
function overlaps(edit: SequenceEdit, { start, end }: Region): boolean {
  if (start === end) return edit.at === start && edit.remove === 0;
  return edit.at < end;
}

function endOf(edit: SequenceEdit): number {
  return edit.at + edit.remove;
}

/** What both sides together make of a region; `undefined` for a conflict. */
function joined<T>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
  region: Region,
  keyOf: (member: T) => SequenceKey,
): readonly T[] | undefined {
  const mine = sliceOf(ours, region.ours, region);
  const others = sliceOf(theirs, region.theirs, region);
  if (region.theirs.length === 0) return mine;
  if (region.ours.length === 0) return others;
  if (region.start === region.end) return bothInserted(mine, others, keyOf);
  const edits = [...region.ours, ...region.theirs];
  if (edits.every((edit) => edit.insert === 0))
    return base
      .slice(region.start, region.end)
      .filter((_, offset) => !edits.some((edit) => removes(edit, region.start + offset)));
  const keys = others.map(keyOf);
  const isSame =
    mine.length === keys.length && mine.every((member, index) => keyOf(member) === keys[index]);
  return isSame ? mine : undefined;
}

function removes(edit: SequenceEdit, position: number): boolean {
  return position >= edit.at && position < endOf(edit);
}

/** Ours, then theirs; what both have stands once, as often as the side that has it more often. */
function bothInserted<T>(
  ours: readonly T[],
  theirs: readonly T[],
  keyOf: (member: T) => SequenceKey,
): readonly T[] {
  const edits = sequenceEdits(ours.map(keyOf), theirs.map(keyOf));
  // Members of ours that stand elsewhere in theirs: not to be inserted a second time.
  const unpaired = new Map<SequenceKey, number>();
  for (const { at, remove } of edits)
    for (const member of ours.slice(at, at + remove))
      unpaired.set(keyOf(member), (unpaired.get(keyOf(member)) ?? 0) + 1);
  const out: T[] = [];
  let done = 0;
  for (const edit of edits) {
    append(out, ours.slice(done, endOf(edit)));
    done = endOf(edit);
    for (const member of theirs.slice(edit.from, edit.from + edit.insert)) {
      const left = unpaired.get(keyOf(member)) ?? 0;
      if (left === 0) out.push(member);
      else unpaired.set(keyOf(member), left - 1);
    }
  }
  append(out, ours.slice(done));
  return out;
}

/** What a side has where the base has the region. */
function sliceOf<T>(
  side: readonly T[],
  edits: readonly SequenceEdit[],
  region: Region,
): readonly T[] {
  const first = edits[0];
  const last = edits[edits.length - 1];
  if (first === undefined || last === undefined) return [];
  return side.slice(
    first.from - (first.at - region.start),
    last.from + last.insert + (region.end - endOf(last)),
  );
}

function inserted<T>(
  side: readonly T[],
  edits: readonly SequenceEdit[],
  keyOf: (member: T) => SequenceKey,
): ReadonlySet<SequenceKey> {
  return new Set(edits.flatMap(({ from, insert }) => side.slice(from, from + insert).map(keyOf)));
}

/** How often each key stands in the list that has it most often. */
function mostOf<T>(
  keys: readonly SequenceKey[],
  lists: readonly (readonly T[])[],
  keyOf: (member: T) => SequenceKey,
): ReadonlyMap<SequenceKey, number> {
  const most = new Map(keys.map((key) => [key, 0]));
  for (const list of lists) {
    const counts = new Map<SequenceKey, number>();
    for (const key of list.map(keyOf))
      if (most.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [key, count] of counts) most.set(key, Math.max(count, most.get(key) ?? 0));
  }
  return most;
}

/** Leaves out what stands more often than `most` says, the later ones first. */
function withoutSurplus<T>(
  { merged, conflicts }: ListMerge<T>,
  most: ReadonlyMap<SequenceKey, number>,
  keyOf: (member: T) => SequenceKey,
): ListMerge<T> {
  const left = new Map(most);
  const dropped: number[] = [];
  const kept = merged.filter((member, index) => {
    const more = left.get(keyOf(member));
    if (more === 0) dropped.push(index);
    else if (more !== undefined) left.set(keyOf(member), more - 1);
    return more !== 0;
  });
  return {
    merged: kept,
    conflicts: conflicts.map((conflict) => ({
      ...conflict,
      at: conflict.at - dropped.filter((index) => index < conflict.at).length,
    })),
  };
}

/** Not by spreading: a call takes no more than some 100,000 arguments. */
function append<T>(to: T[], members: readonly T[]): void {
  for (const member of members) to.push(member);
}
