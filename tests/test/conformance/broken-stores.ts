import {
  MiError,
  MissingVersionError,
  parseCommitId,
  readTreeByLevels,
  referencedIds,
  RefList,
  StorageError,
  uuidV7Ids,
} from "@mi/ecs";
import type {
  Commit,
  CommitId,
  EcsId,
  EntityRecord,
  EntityStorage,
  Page,
  PageOf,
  StoredVersion,
  VersionWrite,
} from "@mi/ecs";

export interface BrokenStore {
  readonly name: string;
  /** All clauses that must fail, and no others. */
  readonly caughtBy: readonly string[];
  /** The methods that go wrong, around a right store. Called once for each instance. */
  readonly breaks: (inner: EntityStorage) => Partial<EntityStorage>;
}

export const brokenStores: readonly BrokenStore[] = [
  {
    name: "forgets the merge parent",
    caughtBy: ["C-020", "C-024", "C-026", "C-062", "C-063", "C-120", "C-280"],
    breaks: (inner) => ({
      commit: (commit) => inner.commit(eachRecord(commit, (r) => ({ ...r, mergedFromId: null }))),
    }),
  },
  {
    name: "ignores mustBeHeads",
    caughtBy: ["C-028", "C-080", "C-081", "C-083", "C-085", "C-220", "C-280"],
    breaks: (inner) => ({ commit: (commit) => inner.commit({ ...commit, mustBeHeads: [] }) }),
  },
  {
    name: "checks mustBeHeads before its transaction",
    caughtBy: ["C-220"],
    breaks: (inner) => ({
      async commit(commit) {
        const free = { ...commit, mustBeHeads: [] };
        const versions = await inner.read(commit.mustBeHeads);
        const heads = await inner.heads(
          versions.flatMap((version) => version?.record.lineageId ?? []),
        );
        const isFine = commit.mustBeHeads.every((id, i) => heads[i]?.includes(id));
        return inner.commit(isFine ? free : commit);
      },
    }),
  },
  {
    name: "moves refs without looking at what is expected",
    caughtBy: ["C-082", "C-083", "C-222", "C-280"],
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
    caughtBy: ["C-023", "C-028", "C-042", "C-164", "C-280"],
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
    caughtBy: ["C-024", "C-028", "C-280"],
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
    caughtBy: ["C-040", "C-041", "C-042", "C-043", "C-280"],
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
    caughtBy: ["C-026", "C-028", "C-042", "C-280"],
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
    name: "lists heads by time",
    caughtBy: ["C-064", "C-221", "C-280"],
    breaks: (inner) => ({
      heads: async (lineages) =>
        Promise.all(
          (await inner.heads(lineages)).map(async (ids) => {
            const stored = (await inner.read(ids)).flatMap((version) => version ?? []);
            return stored
              .toSorted((a, b) => (a.record.createdAt < b.record.createdAt ? -1 : 1))
              .map(({ record }) => record.ecsId);
          }),
        ),
    }),
  },
  {
    name: "knows one head per lineage",
    caughtBy: ["C-061", "C-064", "C-065", "C-221", "C-280"],
    breaks: (inner) => ({
      heads: async (lineages) => (await inner.heads(lineages)).map((ids) => ids.slice(-1)),
    }),
  },
  {
    name: "believes every hint",
    caughtBy: ["C-106", "C-107"],
    breaks: (inner) => ({
      commit: async (commit) => {
        const versions = await Promise.all(commit.versions.map((write) => believed(inner, write)));
        return inner.commit({ ...commit, versions });
      },
    }),
  },
  {
    name: "cuts lists at 4,096 members",
    caughtBy: ["C-105", "C-125"],
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
    name: "follows references but not lists",
    caughtBy: ["C-120", "C-121", "C-223"],
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
    caughtBy: ["C-121"],
    breaks: (inner) => ({
      readTree: async (roots) =>
        (await Promise.all(roots.map((root) => inner.readTree([root])))).flat(),
    }),
  },
  {
    name: "parses and rewrites data",
    caughtBy: ["C-024", "C-140", "C-280"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({ ...r, data: JSON.stringify(JSON.parse(r.data)) })),
        ),
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
    name: "takes a prefix for a LIKE pattern",
    caughtBy: ["C-201"],
    breaks: (inner) => ({
      async refs({ prefix, ...query }, page) {
        if (prefix === undefined) return inner.refs(query, page);
        const source = prefix.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
        const like = new RegExp(`^${source.replaceAll("%", ".*").replaceAll("_", ".")}`, "u");
        const all = await inner.refs(query, { limit: 1000 });
        return sliced(
          all.items.filter(({ name }) => like.test(name)),
          page,
        );
      },
    }),
  },
  {
    name: "counts pages in place of keeping a position",
    caughtBy: ["C-163"],
    breaks: (inner) => ({
      async versions(query, page) {
        if (page.descending !== true) return inner.versions(query, page);
        const all = await inner.versions(query, { limit: 10_000, descending: true });
        return sliced(all.items, page);
      },
    }),
  },
  {
    name: "lists a version that came late among those of its commit",
    caughtBy: ["C-164"],
    breaks: (inner) => ({
      async versions(query, page) {
        if (page.descending === true) return inner.versions(query, page);
        const all = await inner.versions(query, { limit: 10_000 });
        const sorted = all.items.toSorted((a, b) => a.sequence - b.sequence);
        return sliced(sorted, page);
      },
    }),
  },
  {
    name: "lists refs by code points",
    caughtBy: ["C-144", "C-202"],
    breaks: (inner) => ({
      async refs(query, { descending = false, ...page }) {
        const all = await inner.refs(query, { limit: 10_000 });
        const sorted = all.items.toSorted((a, b) =>
          Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
        );
        return sliced(descending ? sorted.toReversed() : sorted, page);
      },
    }),
  },
  {
    name: "finds a type whatever its case",
    caughtBy: ["C-142"],
    breaks: (inner) => ({
      async versions({ types, ...query }, page) {
        if (types === undefined) return inner.versions(query, page);
        const wanted = types.map((type) => type.toLowerCase());
        const all = await inner.versions(query, { limit: 10_000, descending: page.descending });
        return sliced(
          all.items.filter(({ type }) => wanted.includes(type.toLowerCase())),
          page,
        );
      },
    }),
  },
  {
    name: "gives a cursor after the last item",
    caughtBy: ["C-160"],
    breaks: (inner) => ({
      async versions(query, page) {
        if (page.after === "end") return { items: [], next: undefined };
        const { items, next } = await inner.versions(query, page);
        return { items, next: next ?? "end" };
      },
    }),
  },
  {
    name: "forgets the filter by type after the first page",
    caughtBy: ["C-161"],
    breaks: (inner) => ({
      versions: ({ types, ...query }, page) =>
        inner.versions(page.after === undefined ? { types, ...query } : query, page),
    }),
  },
  {
    name: "takes until for inclusive",
    caughtBy: ["C-181"],
    breaks: (inner) => ({
      commits: ({ until, ...query }, page) =>
        inner.commits({ ...query, until: until === undefined ? undefined : `${until}!` }, page),
    }),
  },
  {
    name: "hands out its own records",
    caughtBy: ["C-240"],
    breaks(inner) {
      const own = new Map<EcsId, StoredVersion>();
      return {
        async read(ids) {
          const found = await inner.read(ids);
          return found.map((version) => {
            if (version === undefined) return undefined;
            const thawed = own.get(version.record.ecsId) ?? thaw(version);
            own.set(version.record.ecsId, thawed);
            return thawed;
          });
        },
      };
    },
  },
  {
    name: "keeps the caller's records",
    caughtBy: ["C-241"],
    breaks(inner) {
      const own = new Map<EcsId, EntityRecord>();
      return {
        async commit(commit) {
          const result = await inner.commit(commit);
          for (const { record } of commit.versions)
            if (!own.has(record.ecsId)) own.set(record.ecsId, record);
          return result;
        },
        async read(ids) {
          const found = await inner.read(ids);
          return found.map((version) => {
            const record = version && own.get(version.record.ecsId);
            return version && record ? { ...version, record } : version;
          });
        },
      };
    },
  },
  {
    name: "reads in several steps without a transaction",
    caughtBy: ["C-223"],
    breaks: (inner) => ({
      async read(ids) {
        const found: (StoredVersion | undefined)[] = [];
        for (const id of ids) found.push(...(await inner.read([id])));
        return found;
      },
    }),
  },
  {
    name: "goes on after close",
    caughtBy: ["C-260"],
    breaks: () => ({ close: async () => undefined }),
  },
  {
    name: "does not clear",
    caughtBy: ["C-262"],
    breaks: (inner) => ({
      async clear() {
        await inner.stats();
      },
    }),
  },
  {
    name: "counts versions as lineages",
    caughtBy: ["C-044", "C-263", "C-280"],
    breaks: (inner) => ({
      async stats() {
        const stats = await inner.stats();
        return { ...stats, lineages: stats.versions };
      },
    }),
  },
];

/** A page whose cursor is the number of items before it. */
function sliced<T>(items: readonly T[], { after = "0", limit }: PageOf): Page<T> {
  if (!(limit >= 1 && Number.isInteger(limit)) || !/^[0-9]+$/.test(after))
    throw new StorageError("MI_STORAGE_USAGE", "no page");
  const end = Number(after) + limit;
  return {
    items: items.slice(Number(after), end),
    next: end < items.length ? `${end}` : undefined,
  };
}

function eachRecord(commit: Commit, change: (record: EntityRecord) => EntityRecord): Commit {
  return {
    ...commit,
    versions: commit.versions.map(({ record }) => {
      const changed = change(record);
      return { record: changed, bases: changed.lists.map(() => null) };
    }),
  };
}

async function sequenceOf(storage: EntityStorage, id: CommitId): Promise<number | undefined> {
  const { items } = await storage.commits({}, { limit: 10_000 });
  return items.find((commit) => commit.id === id)?.sequence;
}

function isAlone({ refs, lists, parentId, mergedFromId }: EntityRecord): boolean {
  return refs.length + lists.length === 0 && parentId === null && mergedFromId === null;
}

async function believed(
  storage: EntityStorage,
  { record, bases }: VersionWrite,
): Promise<VersionWrite> {
  const stored = await storage.read(bases.flatMap((base) => base?.of ?? []));
  const lists = record.lists.map((list, k) => {
    const hint = bases[k];
    const base = stored.find((version) => version?.record.ecsId === hint?.of);
    const start = hint ? base?.record.lists[hint.list] : undefined;
    return hint && start ? RefList.edit(start, hint.edits) : list;
  });
  return { record: { ...record, lists }, bases };
}

function thaw(version: StoredVersion): StoredVersion {
  const { record } = version;
  return { ...version, record: { ...record, refs: [...record.refs], lists: [...record.lists] } };
}
