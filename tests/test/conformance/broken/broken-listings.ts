import { sliced, sortedBy } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

export const brokenListings: readonly BrokenStore[] = [
  {
    name: "lists heads by time",
    caughtBy: ["C-030", "C-052", "C-064", "C-068", "C-221", "C-280", "C-281", "C-340", "C-421"],
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
    caughtBy: [
      "C-030",
      "C-052",
      "C-061",
      "C-064",
      "C-065",
      "C-067",
      "C-068",
      "C-221",
      "C-280",
      "C-281",
      "C-340",
      "C-341",
      "C-343",
      "C-366",
      "C-369",
      "C-410",
      "C-412",
      "C-421",
    ],
    breaks: (inner) => ({
      heads: async (lineages) => (await inner.heads(lineages)).map((ids) => ids.slice(-1)),
    }),
  },
  {
    name: "tells a hundred heads at most",
    caughtBy: ["C-341", "C-366", "C-369"],
    breaks: (inner) => ({
      heads: async (lineages) => (await inner.heads(lineages)).map((ids) => ids.slice(0, 100)),
    }),
  },
  {
    name: "takes a prefix for a LIKE pattern",
    caughtBy: ["C-149", "C-201", "C-233"],
    breaks: (inner) => ({
      async refs({ prefix, ...query }, page) {
        if (prefix === undefined) return inner.refs(query, page);
        const source = prefix.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
        const like = new RegExp(`^${source.replaceAll("%", ".*").replaceAll("_", ".")}`, "u");
        const { items } = await inner.refs(query, { limit: 10_000 });
        const names = items.map(({ name }) => name).filter((name) => like.test(name));
        return inner.refs({ names }, page);
      },
    }),
  },
  {
    name: "counts pages in place of keeping a position",
    caughtBy: ["C-163", "C-168"],
    breaks: (inner) => ({
      async versions(query, page) {
        if (page.descending !== true) return inner.versions(query, page);
        const all = await inner.versions(query, { limit: 10_000, descending: true });
        return sliced(all.items, page);
      },
    }),
  },
  {
    name: "counts pages of refs in place of keeping a position",
    caughtBy: ["C-203"],
    breaks: (inner) => ({
      async refs(query, { descending, ...page }) {
        const all = await inner.refs(query, { limit: 10_000, descending });
        return sliced(all.items, page);
      },
    }),
  },
  {
    name: "lists a version that came late among those of its commit",
    caughtBy: ["C-164", "C-167", "C-168"],
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
    name: "lists versions by their ids",
    caughtBy: [
      "C-030",
      "C-163",
      "C-164",
      "C-167",
      "C-168",
      "C-280",
      "C-281",
      "C-283",
      "C-343",
      "C-364",
      "C-401",
      "C-409",
      "C-421",
    ],
    breaks: (inner) => ({
      versions: (query, page) =>
        sortedBy(inner, query, page, (a, b) => (a.ecsId < b.ecsId ? -1 : 1)),
    }),
  },
  {
    name: "lists versions by their times",
    caughtBy: [
      "C-030",
      "C-163",
      "C-164",
      "C-167",
      "C-168",
      "C-280",
      "C-281",
      "C-283",
      "C-340",
      "C-364",
      "C-401",
      "C-409",
      "C-421",
    ],
    breaks: (inner) => ({
      versions: (query, page) =>
        sortedBy(inner, query, page, (a, b) => (a.createdAt < b.createdAt ? -1 : 1)),
    }),
  },
  {
    name: "lists refs by code points",
    caughtBy: ["C-144", "C-202", "C-203"],
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
        const wanted = new Set(types.map((type) => type.toLowerCase()));
        const { items } = await inner.versions({}, { limit: 10_000 });
        const known = new Set(items.map(({ type }) => type));
        const found = [...known].filter((type) => wanted.has(type.toLowerCase()));
        return inner.versions({ ...query, types: found }, page);
      },
    }),
  },
  {
    name: "gives a cursor after the last item",
    caughtBy: ["C-160", "C-169", "C-170"],
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
    caughtBy: ["C-161", "C-168", "C-283", "C-321"],
    breaks: (inner) => ({
      versions: ({ types, ...query }, page) =>
        inner.versions(page.after === undefined ? { types, ...query } : query, page),
    }),
  },
  {
    name: "takes until for inclusive",
    caughtBy: ["C-181", "C-184", "C-283"],
    breaks: (inner) => ({
      commits: ({ until, ...query }, page) =>
        inner.commits({ ...query, until: until === undefined ? undefined : `${until}!` }, page),
    }),
  },
  {
    name: "takes since for exclusive",
    caughtBy: ["C-181", "C-184", "C-283", "C-342"],
    breaks: (inner) => ({
      commits: ({ since, ...query }, page) =>
        inner.commits({ ...query, since: since === undefined ? undefined : `${since}!` }, page),
    }),
  },
  {
    name: "lets a ref follow the heads",
    caughtBy: ["C-084", "C-204", "C-280", "C-281", "C-345"],
    breaks: (inner) => ({
      async refs(query, page) {
        const { items, next } = await inner.refs(query, page);
        const moved = items.map(async (ref) => {
          const [stored] = await inner.read([ref.to]);
          const [heads] = await inner.heads(stored ? [stored.record.lineageId] : []);
          return { ...ref, to: heads?.at(-1) ?? ref.to };
        });
        return { items: await Promise.all(moved), next };
      },
    }),
  },
  {
    name: "counts versions as lineages",
    caughtBy: [
      "C-044",
      "C-052",
      "C-230",
      "C-263",
      "C-270",
      "C-280",
      "C-281",
      "C-364",
      "C-409",
      "C-422",
    ],
    breaks: (inner) => ({
      async stats() {
        const stats = await inner.stats();
        return { ...stats, lineages: stats.versions };
      },
    }),
  },
];
