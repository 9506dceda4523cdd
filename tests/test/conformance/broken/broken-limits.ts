import { MiError, MissingVersionError, RefList } from "@mi/ecs";
import { eachRecord } from "./broken-store.ts";
import type { BrokenStore } from "./broken-store.ts";

/** The most variables of a statement of SQLite, and of PostgreSQL. */
const [inSqlite, inPostgres] = [32_766, 65_535];

export const brokenLimits: readonly BrokenStore[] = [
  {
    name: "reads 65,535 ids at most",
    caughtBy: ["C-367"],
    breaks: (inner) => ({ read: (ids) => inner.read(ids.slice(0, inPostgres)) }),
  },
  {
    name: "reads the trees of 65,535 roots at most",
    caughtBy: ["C-367"],
    breaks: (inner) => ({ readTree: (roots) => inner.readTree(roots.slice(0, inPostgres)) }),
  },
  {
    name: "knows the heads of 65,535 lineages at most",
    caughtBy: ["C-367"],
    breaks: (inner) => ({
      heads: async (lineages) => {
        const heads = await inner.heads(lineages.slice(0, inPostgres));
        return lineages.map((_, i) => heads[i] ?? []);
      },
    }),
  },
  {
    name: "looks for 32,766 names of refs at most",
    caughtBy: ["C-367"],
    breaks: (inner) => ({
      refs: ({ names, ...query }, page) =>
        inner.refs({ ...query, names: names?.slice(0, inSqlite) }, page),
    }),
  },
  {
    name: "looks for 32,766 types at most",
    caughtBy: ["C-367"],
    breaks: (inner) => ({
      versions: ({ types, ...query }, page) =>
        inner.versions({ ...query, types: types?.slice(0, inSqlite) }, page),
    }),
  },
  {
    name: "keeps 32,766 references of a record",
    caughtBy: ["C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(eachRecord(commit, (r) => ({ ...r, refs: r.refs.slice(0, inSqlite) }))),
    }),
  },
  {
    name: "keeps 32,766 members of a list",
    caughtBy: ["C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          eachRecord(commit, (r) => ({
            ...r,
            lists: r.lists.map((list) => RefList.take(list, inSqlite)),
          })),
        ),
    }),
  },
  {
    name: "moves 32,766 refs of a commit at most",
    caughtBy: ["C-368"],
    breaks: (inner) => ({
      commit: (commit) => inner.commit({ ...commit, refMoves: commit.refMoves.slice(0, inSqlite) }),
    }),
  },
  {
    name: "checks 32,766 heads of a commit at most",
    caughtBy: ["C-368"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit({ ...commit, mustBeHeads: commit.mustBeHeads.slice(0, inSqlite) }),
    }),
  },
  {
    name: "names 65,535 missing versions at most",
    caughtBy: ["C-368"],
    breaks: (inner) => ({
      async commit(commit) {
        try {
          return await inner.commit(commit);
        } catch (error) {
          if (!MiError.is(error) || !("missing" in error) || !Array.isArray(error.missing))
            throw error;
          throw new MissingVersionError(error.missing.slice(0, inPostgres));
        }
      },
    }),
  },
  {
    name: "tells a thousand heads at most",
    caughtBy: ["C-369"],
    breaks: (inner) => ({
      heads: async (lineages) => (await inner.heads(lineages)).map((ids) => ids.slice(0, 1000)),
    }),
  },
  {
    name: "tells a thousand heads of a lineage at most in a conflict",
    caughtBy: ["C-369"],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "conflict") return result;
        const heads = [...result.heads].map(([id, ids]) => [id, ids.slice(0, 1000)] as const);
        return { ...result, heads: new Map(heads) };
      },
    }),
  },
  {
    name: "tells a thousand lineages at most in a conflict",
    caughtBy: ["C-369"],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "conflict") return result;
        return { ...result, heads: new Map([...result.heads].slice(0, 1000)) };
      },
    }),
  },
  {
    name: "tells a thousand refs at most in a conflict",
    caughtBy: ["C-369"],
    breaks: (inner) => ({
      async commit(commit) {
        const result = await inner.commit(commit);
        if (result.status !== "conflict") return result;
        return { ...result, refs: result.refs.slice(0, 1000) };
      },
    }),
  },
];
