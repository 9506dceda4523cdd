import { StorageError } from "@mi/ecs";
import type { EcsId, EntityRecord, StoredVersion } from "@mi/ecs";
import type { BrokenStore } from "./broken-store.ts";

export const brokenInstances: readonly BrokenStore[] = [
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
    caughtBy: ["C-119", "C-241"],
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
    name: "answers heads with a list that it goes on changing",
    caughtBy: ["C-242"],
    breaks: (inner) => {
      const own = new Map<string, EcsId[]>();
      return {
        heads: async (lineages) =>
          (await inner.heads(lineages)).map((ids, i) => {
            const list = own.get(lineages[i] ?? "") ?? [];
            own.set(lineages[i] ?? "", list);
            list.splice(0, list.length, ...ids);
            return list;
          }),
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
    name: "keeps the heads that it has read until it commits itself",
    caughtBy: ["C-005", "C-232", "C-240", "C-262"],
    breaks: (inner) => {
      let known = new Map<string, readonly EcsId[]>();
      return {
        async commit(commit) {
          known = new Map();
          return inner.commit(commit);
        },
        async heads(lineages) {
          const found = await inner.heads(lineages);
          return lineages.map((lineage, i) => {
            const heads = known.get(lineage) ?? found[i] ?? [];
            known.set(lineage, heads);
            return heads;
          });
        },
      };
    },
  },
  {
    name: "remembers what was not there",
    caughtBy: ["C-005", "C-025", "C-031", "C-042"],
    breaks: (inner) => {
      const absent = new Set<EcsId>();
      return {
        async read(ids) {
          const found = await inner.read(ids);
          return found.map((version, i) => {
            const id = ids[i];
            if (version !== undefined && id !== undefined && !absent.has(id)) return version;
            if (id !== undefined) absent.add(id);
            return undefined;
          });
        },
      };
    },
  },
  {
    name: "counts its own commits for sequences",
    caughtBy: [
      "C-005",
      "C-042",
      "C-167",
      "C-221",
      "C-227",
      "C-228",
      "C-229",
      "C-268",
      "C-280",
      "C-281",
      "C-322",
    ],
    breaks: (inner) => {
      let count = 0;
      return {
        async commit(commit) {
          const result = await inner.commit(commit);
          return result.status === "committed" ? { ...result, sequence: ++count } : result;
        },
      };
    },
  },
  {
    name: "has room for twenty reads at once",
    caughtBy: ["C-234"],
    breaks(inner) {
      let underWay = 0;
      return {
        async read(ids) {
          if (underWay >= 20) throw new StorageError("MI_STORAGE_BUSY", "no connection is free");
          underWay++;
          try {
            return await inner.read(ids);
          } finally {
            underWay--;
          }
        },
      };
    },
  },
  {
    name: "goes on after close",
    caughtBy: ["C-260"],
    breaks: () => ({ close: async () => undefined }),
  },
  {
    name: "ends the commits under way with its own close, without a word",
    caughtBy: ["C-264"],
    breaks: (inner) => {
      let isClosed = false;
      return {
        async commit(commit) {
          await inner.stats();
          if (isClosed) return { status: "committed", sequence: 1 };
          return inner.commit(commit);
        },
        async close() {
          isClosed = true;
          await inner.close();
        },
      };
    },
  },
  {
    name: "does not clear",
    caughtBy: ["C-230", "C-262", "C-267"],
    breaks: (inner) => ({
      async clear() {
        await inner.stats();
      },
    }),
  },
  {
    name: "clears all but the heads that it remembers",
    caughtBy: ["C-262"],
    breaks: (inner) => {
      const known = new Map<string, readonly EcsId[]>();
      return {
        async heads(lineages) {
          const found = await inner.heads(lineages);
          return lineages.map((lineage, i) => {
            const heads = found[i] ?? [];
            if (heads.length > 0) known.set(lineage, heads);
            return known.get(lineage) ?? [];
          });
        },
      };
    },
  },
];

function thaw(version: StoredVersion): StoredVersion {
  const { record } = version;
  return { ...version, record: { ...record, refs: [...record.refs], lists: [...record.lists] } };
}
