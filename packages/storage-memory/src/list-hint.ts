import { RefList } from "@mi/ecs";
import type { EcsId, EntityRecord, ListBase } from "@mi/ecs";

/** Finds a record whose members are known to be there. */
export type KnownRecord = (id: EcsId) => EntityRecord | undefined;

export interface KeptList {
  readonly list: RefList;
  /** The members that may be missing: those that the base does not have. */
  readonly added: Iterable<EcsId>;
}

/**
 * The list to keep. Its content is always that of `given`: the hint decides only what is shared and which members
 * still have to be looked up. It is held against the whole list, because a member that nobody looked at may be missing.
 * That is cheap where the list was made from its base, as lists of warm copies are: what both share is passed over, so
 * that an append to a long list costs no more than to a short one.
 */
export function keepList(given: RefList, hint: ListBase | null, known: KnownRecord): KeptList {
  const own = RefList.from(given);
  const base = hint === null ? undefined : known(hint.of)?.lists[hint.list];
  if (base === undefined || hint === null || !RefList.isEdited(own, base, hint.edits))
    return { list: own, added: own };
  return {
    // A list of another make shares nothing yet; building it anew from its base does.
    list: own === given ? own : RefList.edit(base, hint.edits),
    added: hint.edits.flatMap((edit) => edit.insert),
  };
}
