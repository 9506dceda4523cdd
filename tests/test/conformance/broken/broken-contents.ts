import { readTreeByLevels, RefList } from "@mi/ecs";
import type { EcsId, EntityStorage, VersionWrite } from "@mi/ecs";
import { believed, eachRecord } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

export const brokenContents: readonly BrokenStore[] = [
  {
    name: "believes every hint",
    caughtBy: ["C-106", "C-107", "C-117", "C-118", "C-119"],
    breaks: (inner) => ({
      commit: async (commit) => {
        const versions = await Promise.all(commit.versions.map((write) => believed(inner, write)));
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "takes every edit for an append",
    caughtBy: [
      "C-102",
      "C-103",
      "C-104",
      "C-105",
      "C-106",
      "C-107",
      "C-110",
      "C-111",
      "C-113",
      "C-114",
      "C-115",
      "C-117",
      "C-118",
      "C-119",
      "C-127",
      "C-280",
      "C-281",
      "C-282",
      "C-284",
      "C-360",
      "C-403",
      "C-406",
      "C-409",
      "C-410",
      "C-412",
      "C-419",
    ],
    breaks: (inner) => ({
      commit: async (commit) => {
        const versions = await Promise.all(commit.versions.map((write) => appended(inner, write)));
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "keeps in one byte how many edits of a list lie on top of each other",
    caughtBy: ["C-116"],
    breaks(inner) {
      const levels = new Map<EcsId, number>();
      return {
        commit(commit) {
          for (const { record, bases } of commit.versions) {
            const [hint] = bases;
            if (hint) levels.set(record.ecsId, (levels.get(hint.of) ?? 0) + 1);
          }
          const isTooHigh = commit.versions.some(
            ({ record }) => (levels.get(record.ecsId) ?? 0) > 255,
          );
          if (!isTooHigh) return inner.commit(commit);
          return inner.commit(
            eachRecord(commit, (r) => ({
              ...r,
              lists: r.lists.map((list) => RefList.take(list, 0)),
            })),
          );
        },
      };
    },
  },
  {
    name: "cuts lists at 4,096 members",
    caughtBy: ["C-105", "C-125", "C-360", "C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({
            ...r,
            lists: r.lists.map((list) => RefList.take(list, 4096)),
          })),
        ),
    }),
  },
  {
    name: "keeps each member of a list once",
    caughtBy: [
      "C-020",
      "C-024",
      "C-044",
      "C-100",
      "C-102",
      "C-103",
      "C-105",
      "C-113",
      "C-114",
      "C-117",
      "C-121",
      "C-243",
      "C-280",
      "C-281",
      "C-282",
      "C-284",
      "C-360",
      "C-402",
      "C-406",
    ],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({
            ...r,
            lists: r.lists.map((list) => RefList.from(new Set(list))),
          })),
        ),
    }),
  },
  {
    name: "looks for references in the data",
    caughtBy: ["C-324", "C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, refs: r.data.includes('"$ref"') ? r.refs : [] })),
        ),
    }),
  },
  {
    name: "follows references but not lists",
    caughtBy: [
      "C-120",
      "C-121",
      "C-122",
      "C-123",
      "C-125",
      "C-126",
      "C-127",
      "C-128",
      "C-129",
      "C-131",
      "C-223",
      "C-234",
      "C-282",
      "C-320",
      "C-324",
      "C-400",
      "C-402",
      "C-403",
      "C-404",
      "C-406",
      "C-407",
      "C-408",
      "C-409",
      "C-410",
      "C-412",
      "C-414",
      "C-419",
      "C-422",
      "C-423",
    ],
    breaks: (inner) => ({
      readTree: async (roots) => {
        const tree = await readTreeByLevels(
          async (ids) =>
            (await inner.read(ids)).map((v) => v && { ...v, record: { ...v.record, lists: [] } }),
          roots,
        );
        const whole = await inner.read(tree.map(({ record }) => record.ecsId));
        return whole.flatMap((version) => version ?? []);
      },
    }),
  },
  {
    name: "answers a shared version for each root that reaches it",
    caughtBy: ["C-121", "C-128", "C-282", "C-362"],
    breaks: (inner) => ({
      readTree: async (roots) =>
        (await Promise.all(roots.map((root) => inner.readTree([root])))).flat(),
    }),
  },
  {
    name: "parses and rewrites data",
    caughtBy: ["C-024", "C-140", "C-280", "C-281", "C-320", "C-419"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, data: JSON.stringify(JSON.parse(r.data)) })),
        ),
    }),
  },
  {
    name: "cuts data at 65,535 characters",
    caughtBy: ["C-141", "C-146", "C-148", "C-362"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(eachRecord(commit, (r) => ({ ...r, data: r.data.slice(0, 65_535) }))),
    }),
  },
  {
    name: "cuts type names at 63 characters",
    caughtBy: ["C-142"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(eachRecord(commit, (r) => ({ ...r, type: r.type.slice(0, 63) }))),
    }),
  },
  {
    name: "makes one Unicode form of all type names",
    caughtBy: ["C-142"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(eachRecord(commit, (r) => ({ ...r, type: r.type.normalize() }))),
    }),
  },
  {
    name: "takes an empty actor for none",
    caughtBy: ["C-143"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({
          ...commit,
          header: { ...commit.header, actor: commit.header.actor || null },
        }),
    }),
  },
  {
    name: "keeps times to the second",
    caughtBy: ["C-145", "C-184", "C-340"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({
          ...commit,
          header: {
            ...commit.header,
            createdAt: commit.header.createdAt.replace(/\.\d+Z/, ".000Z"),
          },
        }),
    }),
  },
  {
    name: "brings the schema version of every record up to one",
    caughtBy: ["C-321"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, schemaVersion: Math.max(r.schemaVersion, 1) })),
        ),
    }),
  },
  {
    name: "reads 10,000 ids at most",
    caughtBy: ["C-365", "C-367"],
    breaks: (inner) => ({
      read: (ids) => inner.read(ids.slice(0, 10_000)),
    }),
  },
];

/** The record with what its hints insert at the end of its lists. */
async function appended(storage: EntityStorage, write: VersionWrite): Promise<VersionWrite> {
  const [base] = await storage.read(write.bases.flatMap((hint) => hint?.of ?? []));
  const bases = write.bases.map((hint) => {
    const at = hint ? (base?.record.lists[hint.list]?.length ?? 0) : 0;
    return hint && { ...hint, edits: hint.edits.map((edit) => ({ ...edit, at, remove: 0 })) };
  });
  return base === undefined ? write : believed(storage, { ...write, bases });
}
