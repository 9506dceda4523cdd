import { RefList } from "@mi/ecs";
import type { Commit, EcsId, ListBase, StoredVersion } from "@mi/ecs";
import type { KnownLists } from "./known-lists.ts";

/**
 * The versions that hints of a commit build on and of which the lists aren't known: they have to be read. Not those of
 * the commit itself, which are not stored yet.
 */
export function basesToRead({ versions }: Commit, known: KnownLists): readonly EcsId[] {
  const own = new Set(versions.map(({ record }) => record.ecsId));
  const unknown = versions.flatMap(({ record, bases }) =>
    record.lists.flatMap((_, i) => {
      const hint = bases[i];
      return hint && !own.has(hint.of) && known.get(hint.of, hint.list) === undefined
        ? [hint.of]
        : [];
    }),
  );
  return [...new Set(unknown)];
}

/**
 * The commit without those of its hints that are wrong, or that name a version that is not stored: the lists that came
 * with them are written whole. A hint is held against all of the list, since a store that follows a wrong one gives
 * the list other members, or lets in a member that is missing.
 *
 * @param read the versions that `basesToRead` asked for
 */
export function withRightHints(
  commit: Commit,
  known: KnownLists,
  read: readonly (StoredVersion | undefined)[],
): Commit {
  const lists = new Map<EcsId, readonly RefList[]>();
  for (const stored of read)
    if (stored !== undefined) lists.set(stored.record.ecsId, stored.record.lists);
  const isRight = (list: RefList, { of, list: index, edits }: ListBase): boolean => {
    const base = known.get(of, index) ?? lists.get(of)?.[index];
    return base !== undefined && RefList.isEdited(list, base, edits);
  };
  const versions = commit.versions.map((write) => {
    const { record, bases } = write;
    const right = record.lists.map((list, i) => {
      const hint = bases[i] ?? null;
      return hint !== null && isRight(list, hint) ? hint : null;
    });
    return right.every((hint, i) => hint === (bases[i] ?? null)) ? write : { record, bases: right };
  });
  return { ...commit, versions };
}
