import { RefList } from "@mi/ecs";
import type { EcsId, EntityRecord, VersionWrite } from "@mi/ecs";
import type { ListForm, RecordForm } from "./commit-entry.ts";
import { flatPartOf } from "./same-content.ts";

/** Finds a version that is read before the one in hand. */
export type Known = (id: EcsId) => EntityRecord | undefined;

/**
 * The record as its file has it. A list that comes with a hint is written as what differs from the list that the hint
 * names, so that one more message in a long conversation costs one message. The hint's own edits are not trusted.
 */
export function formOf({ record, bases }: VersionWrite, known: Known): RecordForm {
  const lists = record.lists.map((list, k): ListForm => {
    const hint = bases[k];
    const base = hint && known(hint.of)?.lists[hint.list];
    if (!hint || !base) return [...list];
    return { of: hint.of, list: hint.list, edits: RefList.difference(base, list) };
  });
  return { ...flatPartOf(record), lists };
}

/** The record that a file speaks of, frozen: readers get it as it is. */
export function recordOf(form: RecordForm, known: Known): EntityRecord {
  const lists = form.lists.map((list) => {
    if (!("of" in list)) return RefList.from(list);
    const base = known(list.of)?.lists[list.list];
    if (base === undefined) throw new Error(`${form.ecsId} builds on a list that is missing`);
    return RefList.edit(base, list.edits);
  });
  return Object.freeze({ ...form, lists: Object.freeze(lists) });
}
