import { RefList } from "@mi/ecs";
import type { EcsId, EntityRecord, ListBase, ListEdit } from "@mi/ecs";

/** Finds a record whose members are known to be there. */
export type KnownRecord = (id: EcsId) => EntityRecord | undefined;

export interface KeptList {
  readonly list: RefList;
  /** The members that may be missing: those that the base does not have. */
  readonly added: Iterable<EcsId>;
}

/**
 * The list to keep. Its content is always that of `given`: the hint decides only what is shared and which members
 * still have to be looked up, so that an append to a long list costs no more than to a short one.
 */
export function keepList(given: RefList, hint: ListBase | null, known: KnownRecord): KeptList {
  const own = RefList.from(given);
  const base = hint === null ? undefined : known(hint.of)?.lists[hint.list];
  if (base === undefined || hint === null || !fits(own, base, hint.edits))
    return { list: own, added: own };
  const added = hint.edits.flatMap((edit) => edit.insert);
  if (own === given) return { list: own, added };
  // A list of another make shares nothing yet; building it anew from its base does.
  const rebuilt = RefList.edit(base, hint.edits);
  return RefList.equal(rebuilt, own) ? { list: rebuilt, added } : { list: own, added: own };
}

/**
 * Whether a list can be `base` after `edits`: lengths, inserted members, and the first, middle and last member of
 * each run that the edits left alone. Not every member: that would make each commit cost what the whole list costs.
 */
function fits(list: RefList, base: RefList, edits: readonly ListEdit[]): boolean {
  let inBase = 0;
  let inList = 0;
  for (const { at, remove, insert } of edits) {
    if (at < inBase || remove < 0 || at + remove > base.length) return false;
    if (!runFits(list, inList, base, inBase, at - inBase)) return false;
    inList += at - inBase;
    if (!insert.every((id, i) => list.at(inList + i) === id)) return false;
    inList += insert.length;
    inBase = at + remove;
  }
  const rest = base.length - inBase;
  return list.length === inList + rest && runFits(list, inList, base, inBase, rest);
}

function runFits(list: RefList, from: number, base: RefList, baseFrom: number, length: number) {
  if (length === 0) return true;
  return [0, length >> 1, length - 1].every((i) => list.at(from + i) === base.at(baseFrom + i));
}
