import type { Commit, EcsId, EntityRecord, RefMove } from "@mi/ecs";
import { sortKeyOf } from "../../sort-key.ts";
import { booleanArray, bytesArray, idArray, numberArray, textArray } from "../array-literals.ts";
import { headerTexts, recordColumns, referenceColumns } from "./record-columns.ts";
import type { ListArgument } from "./list-arguments.ts";

/** A version to be stored, and how to store its lists. */
export interface PlannedVersion {
  readonly record: EntityRecord;
  readonly lists: readonly ListArgument[];
}

export interface CommitArguments {
  readonly values: readonly unknown[];
  /** In the order in which the function gets them: those of the versions come first. */
  readonly ids: readonly EcsId[];
  /** The id at a place that an answer names, from 1. */
  readonly idAt: (place: number) => EcsId;
}

/** Things by the place at which they were first named, from 1. */
class Places<T> {
  readonly #places = new Map<T, number>();

  of(thing: T): number {
    let place = this.#places.get(thing);
    if (place === undefined) {
      place = this.#places.size + 1;
      this.#places.set(thing, place);
    }
    return place;
  }

  ofOptional(thing: T | null | undefined): number {
    return thing === null || thing === undefined ? 0 : this.of(thing);
  }

  get size(): number {
    return this.#places.size;
  }

  all(): readonly T[] {
    return [...this.#places.keys()];
  }
}

/** The arguments of `mi_commit`, in its order. */
export function commitArguments(
  { header, mustBeHeads, refMoves }: Commit,
  versions: readonly PlannedVersion[],
  synchronousCommit: "on" | "off" | null,
): CommitArguments {
  const ids = new Places<EcsId>();
  for (const { record } of versions) ids.of(record.ecsId);
  const isFresh = (place: number): boolean => place > 0 && place <= versions.length;
  // What versions name comes next, so that the function knows by the place what has to be stored.
  const columns = versionColumns(versions, ids);
  const references = referenceColumns(
    versions.map(({ record }) => record),
    (id) => ids.of(id),
  );
  const lists = listColumns(versions, ids);
  const named = ids.size;
  const targets = refMoves.map(({ to }) => ids.ofOptional(to));
  const needed = ids.size;
  const bases = baseColumns(versions, ids);
  const heads = mustBeHeads.map((id) => ids.of(id));
  const moves = moveColumns(refMoves, targets, ids);
  // An id may be given twice.
  const required = [...new Set(heads)];
  const replaced = new Set([...columns.parents, ...columns.mergedFroms].filter((at) => at > 0));
  const superseded = [...replaced].filter((place) => !isFresh(place));
  const all = ids.all();
  return {
    values: [
      synchronousCommit,
      textArray(headerTexts(header)),
      idArray(all),
      versions.length,
      named,
      needed,
      ...columns.values,
      numberArray(versions.map((_, i) => i + 1).filter((place) => !replaced.has(place))),
      numberArray(superseded),
      numberArray(required),
      numberArray([...new Set([...required, ...superseded])]),
      ...references,
      ...bases.beforeItems(lists.before),
      ...lists.items,
      ...moves,
    ],
    ids: all,
    idAt: (place) => {
      const id = all[place - 1];
      if (id === undefined) throw new RangeError(`No id has the place ${place} of ${all.length}`);
      return id;
    },
  };
}

function versionColumns(versions: readonly PlannedVersion[], ids: Places<EcsId>) {
  const lineages = new Places<string>();
  const types = new Places<string>();
  const firsts: number[] = [];
  const lineageOf = versions.map(({ record }, i) => {
    const place = lineages.of(record.lineageId);
    if (place > firsts.length) firsts.push(i + 1);
    return place;
  });
  const typeOf = versions.map(({ record }) => types.of(record.type));
  const parents = versions.map(({ record }) => ids.ofOptional(record.parentId));
  const mergedFroms = versions.map(({ record }) => ids.ofOptional(record.mergedFromId));
  return {
    parents,
    mergedFroms,
    values: [
      idArray(lineages.all()),
      numberArray(firsts),
      numberArray(lineageOf),
      textArray(types.all()),
      numberArray(typeOf),
      numberArray(parents),
      numberArray(mergedFroms),
      ...recordColumns(versions.map(({ record }) => record)),
    ],
  };
}

function listColumns(versions: readonly PlannedVersion[], ids: Places<EcsId>) {
  const before: [holders: number[], indexes: number[], lengths: number[]] = [[], [], []];
  const items: [lists: number[], positions: number[], members: number[]] = [[], [], []];
  const runs: number[][] = [[], [], [], [], []];
  const areCopied: boolean[] = [];
  for (const [i, { lists }] of versions.entries())
    for (const [index, { length, added, pieces }] of lists.entries()) {
      const place = before[0].push(i + 1);
      before[1].push(index);
      before[2].push(length);
      for (const { position, members } of added)
        for (const [offset, id] of members.entries()) {
          items[0].push(place);
          items[1].push(position + offset);
          items[2].push(ids.of(id));
        }
      for (const { position, source, start, length: run, isCopied } of pieces) {
        [place, position, source, start, run].forEach((value, column) => runs[column]?.push(value));
        areCopied.push(isCopied);
      }
    }
  return {
    before: before.map(numberArray),
    items: [...items.map(numberArray), ...runs.map(numberArray), booleanArray(areCopied)],
  };
}

function baseColumns(versions: readonly PlannedVersion[], ids: Places<EcsId>) {
  const columns: number[][] = [[], [], [], [], [], [], [], []];
  for (const { lists } of versions)
    for (const { base, pieces } of lists)
      [
        ids.ofOptional(base?.of),
        base?.list ?? 0,
        base?.length ?? 0,
        base?.kept?.length ?? 0,
        ids.ofOptional(base?.kept?.first),
        ids.ofOptional(base?.kept?.last),
        base?.segment ?? 0,
        pieces.filter(({ isCopied }) => !isCopied).length,
      ].forEach((value, column) => columns[column]?.push(value));
  return {
    beforeItems: (before: readonly string[]) => [...before, ...columns.map(numberArray)],
  };
}

/** Only the last move of a name is made; each is checked. */
function moveColumns(
  moves: readonly RefMove[],
  targets: readonly number[],
  ids: Places<EcsId>,
): readonly string[] {
  const last = new Map(moves.map(({ name }, i) => [name, i]));
  return [
    bytesArray(moves.map(({ name }) => sortKeyOf(name))),
    textArray(moves.map(({ name }) => name)),
    numberArray(targets),
    numberArray(
      moves.map(({ expected }) => (expected === undefined ? -1 : ids.ofOptional(expected))),
    ),
    booleanArray(moves.map(({ name }, i) => last.get(name) === i)),
  ];
}
