import { MiError, RefList } from "@mi/ecs";
import type { EcsId, EntityStorage, VersionWrite } from "@mi/ecs";
import { believed } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

export const brokenHints: readonly BrokenStore[] = [
  {
    name: "looks at the first, the middle and the last member of what a hint leaves alone",
    caughtBy: ["C-117", "C-118"],
    breaks: (inner) => ({
      async commit(commit) {
        const versions = await Promise.all(commit.versions.map((write) => sampled(inner, write)));
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "looks up only the members that a hint inserts",
    caughtBy: ["C-118"],
    breaks: (inner) => ({
      async commit(commit) {
        try {
          return await inner.commit(commit);
        } catch (error) {
          if (!MiError.is(error) || error.code !== "MI_STORAGE_MISSING_VERSION") throw error;
          const versions = await Promise.all(commit.versions.map((write) => sampled(inner, write)));
          return inner.commit({ ...commit, versions });
        }
      },
    }),
  },
  {
    name: "holds hints against the lists that callers gave it",
    caughtBy: ["C-119"],
    breaks(inner) {
      const given = new Map<EcsId, readonly RefList[]>();
      return {
        async commit(commit) {
          const versions = await Promise.all(
            commit.versions.map(async (write) => {
              const isRight = write.record.lists.every((list, k) => {
                const hint = write.bases[k];
                const base = hint && given.get(hint.of)?.[hint.list];
                return hint && base ? RefList.isEdited(list, base, hint.edits) : false;
              });
              return isRight ? believed(inner, write) : write;
            }),
          );
          const result = await inner.commit({ ...commit, versions });
          for (const { record } of commit.versions) given.set(record.ecsId, record.lists);
          return result;
        },
      };
    },
  },
];

/** The record with the lists that its hints say, where some of their members are as in the record. */
async function sampled(storage: EntityStorage, write: VersionWrite): Promise<VersionWrite> {
  const stored = await storage.read(write.bases.flatMap((hint) => hint?.of ?? []));
  const known = new Map(
    stored.flatMap((version) => (version ? [version.record] : [])).map((r) => [r.ecsId, r]),
  );
  const fits = write.record.lists.every((list, k) => {
    const hint = write.bases[k];
    const base = hint && known.get(hint.of)?.lists[hint.list];
    return hint && base ? looksLike(list, base, hint.edits) : true;
  });
  return fits ? believed(storage, write) : write;
}

function looksLike(
  list: RefList,
  base: RefList,
  edits: NonNullable<VersionWrite["bases"][number]>["edits"],
): boolean {
  let inBase = 0;
  let inList = 0;
  const runLooks = (to: number): boolean => {
    const length = to - inBase;
    if (length < 0) return false;
    return (
      length === 0 ||
      [0, length >> 1, length - 1].every((i) => list.at(inList + i) === base.at(inBase + i))
    );
  };
  for (const { at, remove, insert } of edits) {
    if (remove < 0 || at + remove > base.length || !runLooks(at)) return false;
    inList += at - inBase;
    if (!insert.every((id, i) => list.at(inList + i) === id)) return false;
    inList += insert.length;
    inBase = at + remove;
  }
  return list.length === inList + base.length - inBase && runLooks(base.length);
}
