import { MiError, MissingVersionError, parseCommitId, referencedIds, uuidV7Ids } from "@mi/ecs";
import type { Commit, CommitId, EntityRecord, EntityStorage } from "@mi/ecs";
import { eachRecord } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

/** Which instance may commit now, and how many of its calls do. */
const turn: { holder?: EntityStorage; calls: number } = { calls: 0 };

export const brokenCommits: readonly BrokenStore[] = [
  {
    name: "forgets the merge parent",
    caughtBy: [
      "C-020",
      "C-024",
      "C-026",
      "C-062",
      "C-063",
      "C-066",
      "C-067",
      "C-120",
      "C-280",
      "C-281",
      "C-282",
      "C-283",
      "C-366",
    ],
    breaks: (inner) => ({
      commit: (commit) => inner.commit(eachRecord(commit, (r) => ({ ...r, mergedFromId: null }))),
    }),
  },
  {
    name: "ignores mustBeHeads",
    caughtBy: [
      "C-028",
      "C-066",
      "C-080",
      "C-081",
      "C-083",
      "C-085",
      "C-086",
      "C-088",
      "C-220",
      "C-224",
      "C-225",
      "C-226",
      "C-231",
      "C-268",
      "C-270",
      "C-280",
      "C-281",
      "C-366",
      "C-368",
      "C-369",
      "C-410",
      "C-423",
    ],
    breaks: (inner) => ({ commit: (commit) => inner.commit({ ...commit, mustBeHeads: [] }) }),
  },
  {
    name: "checks mustBeHeads before its transaction",
    caughtBy: ["C-220", "C-224", "C-225", "C-226", "C-231", "C-423"],
    breaks: (inner) => ({
      commit: async (commit) => inner.commit(await checkedEarly(inner, commit)),
    }),
  },
  {
    name: "takes turns between its instances, but not between the calls of one",
    caughtBy: ["C-231"],
    breaks: (inner) => ({
      async commit(commit) {
        while (turn.calls > 0 && turn.holder !== inner) await Promise.resolve();
        turn.holder = inner;
        turn.calls++;
        try {
          return await inner.commit(await checkedEarly(inner, commit));
        } finally {
          turn.calls--;
        }
      },
    }),
  },
  {
    name: "moves refs without looking at what is expected",
    caughtBy: [
      "C-082",
      "C-083",
      "C-087",
      "C-089",
      "C-090",
      "C-222",
      "C-231",
      "C-280",
      "C-281",
      "C-369",
    ],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({
          ...commit,
          refMoves: commit.refMoves.map((move) => ({ ...move, expected: undefined })),
        }),
    }),
  },
  {
    name: "knows a commit by its id alone",
    caughtBy: [
      "C-023",
      "C-028",
      "C-032",
      "C-042",
      "C-050",
      "C-068",
      "C-164",
      "C-167",
      "C-185",
      "C-270",
      "C-280",
      "C-281",
    ],
    breaks(inner) {
      return {
        async commit(commit) {
          const known = await sequenceOf(inner, commit.header.id);
          if (known !== undefined) return { status: "already-committed", sequence: known };
          return inner.commit(commit);
        },
      };
    },
  },
  {
    name: "skips a stored ecsId without comparing its content",
    caughtBy: ["C-024", "C-028", "C-031", "C-032", "C-034", "C-243", "C-280", "C-281", "C-346"],
    breaks: (inner) => ({
      async commit(commit) {
        const stored = await inner.read(commit.versions.map(({ record }) => record.ecsId));
        const versions = commit.versions.filter((_, i) => stored[i] === undefined);
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "moves the refs of a known commit again",
    caughtBy: [
      "C-040",
      "C-041",
      "C-042",
      "C-043",
      "C-045",
      "C-046",
      "C-047",
      "C-048",
      "C-049",
      "C-050",
      "C-051",
      "C-052",
      "C-270",
      "C-280",
      "C-281",
    ],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "already-committed") return result;
        const refMoves = commit.refMoves.map((move) => ({ ...move, expected: undefined }));
        const header = { ...commit.header, id: parseCommitId(uuidV7Ids.next()) };
        await inner.commit({ ...commit, header, refMoves, mustBeHeads: [] });
        return result;
      },
    }),
  },
  {
    name: "looks for missing versions before it looks for reused ids",
    caughtBy: ["C-028"],
    breaks: (inner) => ({
      async commit(commit) {
        const ids = commit.versions.flatMap(({ record }) => [...referencedIds(record)]);
        const stored = await inner.read(ids);
        const own = new Set(commit.versions.map(({ record }) => record.ecsId));
        const missing = ids.filter((id, i) => stored[i] === undefined && !own.has(id));
        if (missing.length > 0) throw new MissingVersionError([...new Set(missing)]);
        return inner.commit(commit);
      },
    }),
  },
  {
    name: "stores the versions of a commit that are not dangling",
    caughtBy: ["C-026", "C-028", "C-031", "C-034", "C-042", "C-118", "C-270", "C-280", "C-281"],
    breaks: (inner) => ({
      async commit(commit) {
        try {
          return await inner.commit(commit);
        } catch (error) {
          if (!MiError.is(error) || error.code !== "MI_STORAGE_MISSING_VERSION") throw error;
          const whole = commit.versions.filter(({ record }) => isAlone(record));
          await inner.commit({ ...commit, versions: whole, mustBeHeads: [], refMoves: [] });
          throw error;
        }
      },
    }),
  },
  {
    name: "names only the first of the missing versions",
    caughtBy: ["C-026", "C-033", "C-368"],
    breaks: (inner) => ({
      async commit(commit) {
        try {
          return await inner.commit(commit);
        } catch (error) {
          if (!MiError.is(error) || !("missing" in error) || !Array.isArray(error.missing))
            throw error;
          throw new MissingVersionError(error.missing.slice(0, 1));
        }
      },
    }),
  },
  {
    name: "takes a version that it doesn't know for a head",
    caughtBy: ["C-086", "C-368"],
    breaks: (inner) => ({
      async commit(commit) {
        const stored = await inner.read(commit.mustBeHeads);
        const mustBeHeads = commit.mustBeHeads.filter((_, i) => stored[i] !== undefined);
        return inner.commit({ ...commit, mustBeHeads });
      },
    }),
  },
  {
    name: "lets the last move of a ref count and forgets the checks of the others",
    caughtBy: ["C-087"],
    breaks: (inner) => ({
      commit: (commit) => {
        const last = new Map(commit.refMoves.map((move) => [move.name, move]));
        return inner.commit({ ...commit, refMoves: [...last.values()] });
      },
    }),
  },
  {
    name: "knows a commit only when it comes whole",
    caughtBy: ["C-047", "C-243"],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "already-committed") return result;
        const { items } = await inner.versions({ commitId: commit.header.id }, { limit: 10_000 });
        const isWhole = items.length <= commit.versions.length;
        return isWhole ? result : { ...result, status: "committed" };
      },
    }),
  },
  {
    name: "forgets the id of a commit after a hundred others",
    caughtBy: ["C-051"],
    breaks(inner) {
      const known: CommitId[] = [];
      return {
        async commit(commit) {
          const { header } = commit;
          const at = known.indexOf(header.id);
          if (at >= 0 && at < known.length - 100)
            return inner.commit({
              ...commit,
              header: { ...header, id: parseCommitId(uuidV7Ids.next()) },
            });
          const result = await inner.commit(commit);
          if (at < 0) known.push(header.id);
          return result;
        },
      };
    },
  },
  {
    name: "puts the versions of a commit in the order of their ids",
    caughtBy: ["C-030", "C-064", "C-280", "C-281", "C-283", "C-343", "C-364"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({
          ...commit,
          versions: commit.versions.toSorted((a, b) => (a.record.ecsId < b.record.ecsId ? -1 : 1)),
        }),
    }),
  },
  {
    name: "tells one head in a conflict",
    caughtBy: ["C-080", "C-081", "C-280", "C-366", "C-369"],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "conflict") return result;
        const heads = [...result.heads].map(([lineage, ids]) => [lineage, ids.slice(-1)] as const);
        return { ...result, heads: new Map(heads) };
      },
    }),
  },
];

/** Without the heads that it needs, when they are heads now. */
async function checkedEarly(storage: EntityStorage, commit: Commit): Promise<Commit> {
  const versions = await storage.read(commit.mustBeHeads);
  const heads = await storage.heads(versions.flatMap((version) => version?.record.lineageId ?? []));
  const isFine = commit.mustBeHeads.every((id, i) => heads[i]?.includes(id));
  return isFine ? { ...commit, mustBeHeads: [] } : commit;
}

async function sequenceOf(storage: EntityStorage, id: CommitId): Promise<number | undefined> {
  const { items } = await storage.commits({}, { limit: 10_000 });
  return items.find((commit) => commit.id === id)?.sequence;
}

function isAlone({ refs, lists, parentId, mergedFromId }: EntityRecord): boolean {
  return refs.length + lists.length === 0 && parentId === null && mergedFromId === null;
}
