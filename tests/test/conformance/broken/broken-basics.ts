import {
  CorruptionError,
  MissingVersionError,
  readTreeByLevels,
  referencedIds,
  RefList,
} from "@mi/ecs";
import type { EcsId, EntityStorage, StoredVersion } from "@mi/ecs";
import { eachRecord, sliced } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

/** One instance's close ends them all. */
const everyInstance = new Set<EntityStorage>();

export const brokenBasics: readonly BrokenStore[] = [
  {
    name: "forgets the parent",
    caughtBy: [
      "C-005",
      "C-020",
      "C-024",
      "C-026",
      "C-027",
      "C-028",
      "C-030",
      "C-044",
      "C-052",
      "C-060",
      "C-061",
      "C-062",
      "C-063",
      "C-064",
      "C-066",
      "C-067",
      "C-068",
      "C-080",
      "C-081",
      "C-083",
      "C-085",
      "C-086",
      "C-088",
      "C-112",
      "C-120",
      "C-126",
      "C-127",
      "C-129",
      "C-131",
      "C-160",
      "C-161",
      "C-163",
      "C-165",
      "C-220",
      "C-221",
      "C-224",
      "C-225",
      "C-226",
      "C-227",
      "C-230",
      "C-231",
      "C-266",
      "C-268",
      "C-270",
      "C-280",
      "C-281",
      "C-282",
      "C-283",
      "C-321",
      "C-322",
      "C-340",
      "C-342",
      "C-345",
      "C-363",
      "C-364",
      "C-366",
      "C-369",
      "C-401",
      "C-410",
      "C-412",
      "C-421",
      "C-423",
    ],
    breaks: (inner) => ({
      commit: (commit) => inner.commit(eachRecord(commit, (r) => ({ ...r, parentId: null }))),
    }),
  },
  {
    name: "writes new content over a stored ecsId",
    caughtBy: ["C-024", "C-028", "C-031", "C-032", "C-034", "C-243", "C-280", "C-281", "C-346"],
    breaks(inner) {
      const newer = new Map<EcsId, string>();
      return {
        async commit(commit) {
          const stored = await inner.read(commit.versions.map(({ record }) => record.ecsId));
          for (const { record } of commit.versions) newer.set(record.ecsId, record.data);
          const versions = commit.versions.filter((_, i) => stored[i] === undefined);
          return inner.commit({ ...commit, versions });
        },
        read: async (ids) =>
          (await inner.read(ids)).map((version) => {
            const data = version && newer.get(version.record.ecsId);
            return version && data ? { ...version, record: { ...version.record, data } } : version;
          }),
      };
    },
  },
  {
    name: "answers committed to a conflict",
    caughtBy: [
      "C-028",
      "C-066",
      "C-080",
      "C-081",
      "C-082",
      "C-083",
      "C-085",
      "C-086",
      "C-087",
      "C-088",
      "C-089",
      "C-090",
      "C-220",
      "C-222",
      "C-224",
      "C-225",
      "C-226",
      "C-231",
      "C-268",
      "C-280",
      "C-281",
      "C-366",
      "C-368",
      "C-369",
      "C-410",
      "C-423",
    ],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        return result.status === "conflict" ? { status: "committed", sequence: 1 } : result;
      },
    }),
  },
  {
    name: "answers each id that it was asked for once",
    caughtBy: ["C-021", "C-243", "C-280", "C-281", "C-365"],
    breaks: (inner) => ({ read: (ids) => inner.read([...new Set(ids)]) }),
  },
  {
    name: "gives no sequence to a commit without versions",
    caughtBy: [
      "C-022",
      "C-051",
      "C-147",
      "C-180",
      "C-181",
      "C-183",
      "C-184",
      "C-280",
      "C-281",
      "C-283",
    ],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        const isEmpty = result.status === "committed" && commit.versions.length === 0;
        return isEmpty ? { ...result, sequence: 0 } : result;
      },
    }),
  },
  {
    name: "wants the cause of a commit to be stored",
    caughtBy: ["C-029", "C-180", "C-181", "C-183", "C-345"],
    breaks: (inner) => ({
      async commit(commit) {
        const { cause } = commit.header;
        const [stored] = await inner.read(cause === null ? [] : [cause]);
        if (cause !== null && stored === undefined) throw new MissingVersionError([cause]);
        return inner.commit(commit);
      },
    }),
  },
  {
    name: "wants the versions of a commit in the order of their references",
    caughtBy: [
      "C-027",
      "C-046",
      "C-049",
      "C-050",
      "C-122",
      "C-128",
      "C-131",
      "C-280",
      "C-281",
      "C-342",
      "C-361",
      "C-364",
      "C-402",
      "C-407",
    ],
    breaks: (inner) => ({
      async commit(commit) {
        const own = commit.versions.map(({ record }) => record.ecsId);
        const early = commit.versions.flatMap(({ record }, i) =>
          record.refs.filter((id) => own.indexOf(id) > i),
        );
        if (early.length > 0) throw new MissingVersionError(early);
        return inner.commit(commit);
      },
    }),
  },
  {
    name: "keeps the members of lists of its own class only",
    caughtBy: ["C-108", "C-119"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({
            ...r,
            lists: r.lists.map((list) => ("leaves" in list ? list : RefList.empty)),
          })),
        ),
    }),
  },
  {
    name: "takes a list for new where its hint names no stored version",
    caughtBy: ["C-106", "C-109"],
    breaks: (inner) => ({
      async commit(commit) {
        const hints = commit.versions.flatMap(({ bases }) => bases.flatMap((b) => b?.of ?? []));
        const stored = new Set(
          (await inner.read(hints)).flatMap((version) => version?.record.ecsId ?? []),
        );
        const versions = commit.versions.map(({ record, bases }) => ({
          record: {
            ...record,
            lists: record.lists.map((list, k) => {
              const hint = bases[k];
              if (!hint || stored.has(hint.of)) return list;
              return RefList.from(hint.edits.flatMap(({ insert }) => insert));
            }),
          },
          bases: [],
        }));
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "keeps 255 references of a record",
    caughtBy: ["C-112", "C-362", "C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(eachRecord(commit, (r) => ({ ...r, refs: r.refs.slice(0, 255) }))),
    }),
  },
  {
    name: "calls a root that is not stored corrupt",
    caughtBy: ["C-005", "C-124", "C-262", "C-367"],
    breaks: (inner) => ({
      async readTree(roots) {
        const stored = await inner.read(roots);
        if (stored.includes(undefined)) throw new CorruptionError("a root is not there");
        return inner.readTree(roots);
      },
    }),
  },
  {
    name: "follows references 3,000 deep at most",
    caughtBy: ["C-361"],
    breaks: (inner) => ({
      readTree(roots) {
        let depth = 0;
        return readTreeByLevels(async (ids) => (++depth > 3000 ? [] : inner.read(ids)), roots);
      },
    }),
  },
  {
    name: "cuts the texts of headers at 65,535 characters",
    caughtBy: ["C-147"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({
          ...commit,
          header: { ...commit.header, reason: commit.header.reason?.slice(0, 65_535) ?? null },
        }),
    }),
  },
  {
    name: "drops keys that are called __proto__",
    caughtBy: ["C-140", "C-415", "C-416"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, data: r.data.replaceAll('"__proto__"', '"proto"') })),
        ),
    }),
  },
  {
    name: "takes a field called id for the record's own",
    caughtBy: ["C-325"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, data: r.data.replaceAll('"id":', '"ecsId":') })),
        ),
    }),
  },
  {
    name: "keeps 35 characters of an id",
    caughtBy: ["C-344", "C-401", "C-421", "C-423"],
    breaks(inner) {
      const first = new Map<string, EcsId>();
      const found = (id: EcsId) => first.get(id.slice(0, 35)) ?? id;
      return {
        async commit(commit) {
          const result = await inner.commit(commit);
          for (const { record } of commit.versions)
            first.set(record.ecsId.slice(0, 35), found(record.ecsId));
          return result;
        },
        read: (ids) => inner.read(ids.map(found)),
      };
    },
  },
  {
    name: "keeps what its cursors mean in the instance",
    caughtBy: ["C-165", "C-166"],
    breaks(inner) {
      const meanings: (string | undefined)[] = [];
      return {
        async versions(query, { after, ...page }) {
          const meant = after === undefined ? undefined : meanings[Number(after)];
          const { items, next } = await inner.versions(query, { ...page, after: meant });
          return { items, next: next && String(meanings.push(next) - 1) };
        },
      };
    },
  },
  {
    name: "takes every limit and every cursor",
    caughtBy: ["C-166"],
    breaks: (inner) => ({
      async versions(query, { limit, ...page }) {
        const whole = { ...page, limit: Math.max(1, Math.floor(limit) || 1) };
        return inner
          .versions(query, whole)
          .catch(() => inner.versions(query, { ...whole, after: undefined }));
      },
    }),
  },
  {
    name: "forgets why it was committed",
    caughtBy: ["C-143", "C-147", "C-180", "C-181", "C-183", "C-420"],
    breaks: (inner) => ({
      commits: async (query, page) => {
        const { items, next } = await inner.commits(query, page);
        return { items: items.map((commit) => ({ ...commit, reason: null })), next };
      },
    }),
  },
  {
    name: "lists a commit for each version of a lineage that it made",
    caughtBy: ["C-182", "C-343"],
    breaks: (inner) => ({
      async commits(query, page) {
        const { lineageId } = query;
        if (lineageId === undefined) return inner.commits(query, page);
        const all = await inner.commits(query, { ...page, after: undefined, limit: 10_000 });
        const { items } = await inner.versions({ lineageId }, { limit: 10_000 });
        return sliced(
          all.items.flatMap((commit) =>
            items.filter(({ commitId }) => commitId === commit.id).map(() => commit),
          ),
          page,
        );
      },
    }),
  },
  {
    name: "counts pages of commits in place of keeping a position",
    caughtBy: ["C-186"],
    breaks: (inner) => ({
      async commits(query, page) {
        const { items } = await inner.commits(query, { ...page, after: undefined, limit: 100_000 });
        return sliced(items, page);
      },
    }),
  },
  {
    name: "keeps refs that were deleted",
    caughtBy: [
      "C-082",
      "C-084",
      "C-087",
      "C-089",
      "C-090",
      "C-144",
      "C-200",
      "C-205",
      "C-233",
      "C-280",
      "C-281",
      "C-282",
    ],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({ ...commit, refMoves: commit.refMoves.filter(({ to }) => to !== null) }),
    }),
  },
  {
    name: "answers all refs that were asked for by name, whatever the limit",
    caughtBy: ["C-206"],
    breaks: (inner) => ({
      refs: (query, page) =>
        inner.refs(query, query.names === undefined ? page : { ...page, limit: 100_000 }),
    }),
  },
  {
    name: "takes an actor for a LIKE pattern",
    caughtBy: ["C-143", "C-150"],
    breaks: (inner) => ({
      commits({ actor, ...query }, page) {
        return inner.commits(actor === "%" ? query : { ...query, actor }, page);
      },
    }),
  },
  {
    name: "looks for 999 types at most",
    caughtBy: ["C-323", "C-367"],
    breaks: (inner) => ({
      versions: (query, page) =>
        inner.versions({ ...query, types: query.types?.slice(0, 999) }, page),
    }),
  },
  {
    name: "lists one version too few of a lineage",
    caughtBy: [
      "C-030",
      "C-050",
      "C-067",
      "C-161",
      "C-224",
      "C-225",
      "C-283",
      "C-321",
      "C-343",
      "C-363",
      "C-369",
      "C-401",
      "C-421",
    ],
    breaks: (inner) => ({
      async versions(query, page) {
        const { items, next } = await inner.versions(query, page);
        const isCut = query.lineageId !== undefined && next === undefined && items.length > 1;
        return { items: isCut ? items.slice(0, -1) : items, next };
      },
    }),
  },
  {
    name: "closes every instance with one",
    caughtBy: [
      "C-045",
      "C-113",
      "C-165",
      "C-261",
      "C-264",
      "C-266",
      "C-268",
      "C-269",
      "C-270",
      "C-280",
      "C-281",
      "C-320",
      "C-400",
      "C-415",
      "C-420",
      "C-422",
    ],
    breaks(inner) {
      everyInstance.add(inner);
      return {
        async close() {
          for (const instance of everyInstance) await instance.close();
          everyInstance.clear();
        },
      };
    },
  },
  {
    name: "answers nothing to reads that a close overtakes",
    caughtBy: ["C-265"],
    breaks(inner) {
      let isClosing = false;
      return {
        async read(ids) {
          const found = await inner.read(ids);
          return isClosing ? ids.map(() => undefined) : found;
        },
        async close() {
          isClosing = true;
          await inner.close();
        },
      };
    },
  },
  {
    name: "keeps 32 members of a list",
    caughtBy: [
      "C-033",
      "C-101",
      "C-102",
      "C-103",
      "C-105",
      "C-108",
      "C-110",
      "C-113",
      "C-114",
      "C-115",
      "C-116",
      "C-117",
      "C-118",
      "C-119",
      "C-125",
      "C-269",
      "C-280",
      "C-281",
      "C-282",
      "C-284",
      "C-360",
      "C-368",
      "C-409",
      "C-422",
    ],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, lists: r.lists.map((l) => RefList.take(l, 32)) })),
        ),
    }),
  },
  {
    name: "follows every way to a version, and gives up after 10,000 steps",
    caughtBy: ["C-122", "C-128", "C-130", "C-131", "C-282", "C-368", "C-402", "C-407"],
    breaks: (inner) => ({
      async readTree(roots) {
        const found = new Map<EcsId, StoredVersion>();
        let way: readonly EcsId[] = roots;
        for (let steps = 0; way.length > 0; steps += way.length) {
          if (steps > 10_000) throw new CorruptionError("too many steps");
          const level = (await inner.read(way)).flatMap((version) => version ?? []);
          for (const version of level) found.set(version.record.ecsId, version);
          way = level.flatMap(({ record }) => [...referencedIds(record)]);
        }
        return [...found.values()];
      },
    }),
  },
  {
    name: "ends a listing where it ended when it was begun",
    caughtBy: ["C-162", "C-169"],
    breaks: (inner) => ({
      async versions(query, { after, ...page }) {
        const begun = [undefined, String((await inner.stats()).commits)] as const;
        const [at, end] = after?.split("|") ?? begun;
        const { items, next } = await inner.versions(query, { ...page, after: at });
        const shown = items.filter(({ sequence }) => sequence <= Number(end));
        const isEnd = next === undefined || shown.length < items.length;
        return { items: shown, next: isEnd ? undefined : `${next}|${end}` };
      },
    }),
  },
  {
    name: "counts the schema version of a record one up",
    caughtBy: [
      "C-003",
      "C-005",
      "C-006",
      "C-020",
      "C-021",
      "C-022",
      "C-025",
      "C-027",
      "C-031",
      "C-042",
      "C-044",
      "C-047",
      "C-049",
      "C-050",
      "C-112",
      "C-140",
      "C-141",
      "C-142",
      "C-145",
      "C-146",
      "C-148",
      "C-228",
      "C-229",
      "C-230",
      "C-241",
      "C-243",
      "C-261",
      "C-264",
      "C-280",
      "C-281",
      "C-320",
      "C-322",
      "C-324",
      "C-325",
      "C-342",
      "C-344",
      "C-345",
      "C-346",
      "C-417",
      "C-418",
      "C-419",
    ],
    breaks: (inner) => ({
      read: async (ids) =>
        (await inner.read(ids)).map((version) => {
          const schemaVersion = (version?.record.schemaVersion ?? 0) + 1;
          return version && { ...version, record: { ...version.record, schemaVersion } };
        }),
    }),
  },
];
