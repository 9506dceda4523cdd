import { setImmediate } from "node:timers/promises";
import type { Commit, EcsId, EntityStorage, NamedRef, RefMove } from "@mi/ecs";
import type { BrokenStore } from "./broken-store.ts";

/** What readers of all instances are shown in place of where a ref is; null where they are shown none. */
const shown = new Map<string, EcsId | null>();

export const brokenRefs: readonly BrokenStore[] = [
  {
    name: "shows where its refs were until its commit is answered",
    caughtBy: ["C-232"],
    breaks: (inner) => ({
      commit: (commit) => showing(inner, commit, (moves) => placesOf(inner, moves), "after"),
      refs: (query, page) => shownRefs(inner, query, page),
    }),
  },
  {
    name: "shows where its refs will be before it commits",
    caughtBy: ["C-232"],
    breaks: (inner) => ({
      commit: (commit) =>
        showing(
          inner,
          commit,
          async (moves) => moves.flatMap(({ name, to }) => (to === null ? [] : [{ name, to }])),
          "before",
        ),
      refs: (query, page) => shownRefs(inner, query, page),
    }),
  },
  {
    name: "shows the refs of one commit one after the other",
    caughtBy: ["C-232"],
    breaks: (inner) => ({
      commit: (commit) =>
        showing(inner, commit, (moves) => placesOf(inner, moves.slice(1)), "after"),
      refs: (query, page) => shownRefs(inner, query, page),
    }),
  },
  {
    name: "takes a ref away before it sets the other one of its commit",
    caughtBy: ["C-232", "C-233"],
    breaks: (inner) => ({
      commit: (commit) =>
        showing(
          inner,
          commit,
          async (moves) => moves.map(({ name }) => ({ name, to: null })),
          "before",
        ),
      refs: (query, page) => shownRefs(inner, query, page),
    }),
  },
  {
    name: "takes an expectation that is undefined for one of no ref",
    caughtBy: ["C-090"],
    breaks: (inner) => ({
      commit: (commit) =>
        inner.commit(
          expecting(commit, (move) => ("expected" in move ? (move.expected ?? null) : undefined)),
        ),
    }),
  },
  {
    name: "takes no expectation for one of no ref",
    caughtBy: ["C-043", "C-090", "C-200", "C-203", "C-242", "C-280", "C-281"],
    breaks: (inner) => ({
      commit: (commit) => inner.commit(expecting(commit, (move) => move.expected ?? null)),
    }),
  },
  {
    name: "takes the expectation of no ref for none",
    caughtBy: ["C-082", "C-087", "C-089", "C-090", "C-222", "C-280", "C-281"],
    breaks: (inner) => ({
      commit: (commit) => inner.commit(expecting(commit, (move) => move.expected ?? undefined)),
    }),
  },
];

function expecting(commit: Commit, of: (move: RefMove) => EcsId | null | undefined): Commit {
  return {
    ...commit,
    refMoves: commit.refMoves.map((move) => ({
      name: move.name,
      to: move.to,
      expected: of(move),
    })),
  };
}

/** Commits, and for one turn before or after that shows refs as they are not. */
async function showing(
  inner: EntityStorage,
  commit: Commit,
  what: (
    moves: readonly RefMove[],
  ) => Promise<readonly { readonly name: string; readonly to: EcsId | null }[]>,
  when: "before" | "after",
): ReturnType<EntityStorage["commit"]> {
  const places = await what(commit.refMoves);
  for (const { name, to } of places) shown.set(name, to);
  try {
    if (when === "before") await setImmediate();
    const result = await inner.commit(commit);
    if (when === "after") await setImmediate();
    return result;
  } finally {
    for (const { name } of places) shown.delete(name);
  }
}

/** Where those of the refs are that are anywhere. */
async function placesOf(
  inner: EntityStorage,
  moves: readonly RefMove[],
): Promise<readonly NamedRef[]> {
  const names = moves.map(({ name }) => name);
  return (await inner.refs({ names }, { limit: 100_000 })).items;
}

async function shownRefs(
  inner: EntityStorage,
  ...[query, page]: Parameters<EntityStorage["refs"]>
): ReturnType<EntityStorage["refs"]> {
  const { items, next } = await inner.refs(query, page);
  const seen = items.flatMap((ref) => {
    const place = shown.get(ref.name);
    if (place === undefined) return [ref];
    return place === null ? [] : [{ name: ref.name, to: place }];
  });
  return { items: seen, next };
}
