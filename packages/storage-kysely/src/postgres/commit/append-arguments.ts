import type { Commit, EcsId, LineageId, VersionWrite } from "@mi/ecs";
import { encodeText } from "../../text-encoding.ts";
import { idArray, numberArray, textArray } from "../array-literals.ts";
import { appendedList, newMembers } from "./appended-list.ts";
import type { AppendedList } from "./appended-list.ts";
import { headerTexts, recordColumns, referenceColumns } from "./record-columns.ts";
import type { KnownList, KnownVersion, KnownVersions } from "./known-versions.ts";

/** A commit as `mi_append` takes it. */
export interface AppendArguments {
  /** In its order, behind the durability. */
  readonly values: readonly unknown[];
  /** Of each version; a key below 0 is of the version at that place in the commit. */
  readonly lineages: readonly (readonly [id: LineageId, key: number])[];
  readonly lists: readonly (readonly AppendedList[])[];
}

/** Keys of what a commit names; minus the place, from 1, for the versions of the commit itself. */
class Names {
  readonly stored = new Map<EcsId, KnownVersion>();
  readonly #known: KnownVersions;
  readonly #places: ReadonlyMap<EcsId, number>;
  #areKnown = true;

  constructor(writes: readonly VersionWrite[], known: KnownVersions) {
    this.#known = known;
    this.#places = new Map(writes.map(({ record }, i) => [record.ecsId, i + 1]));
  }

  /** Whether all that was asked for was known. */
  get areKnown(): boolean {
    return this.#areKnown;
  }

  isFresh(id: EcsId): boolean {
    return this.#places.has(id);
  }

  keyOf(id: EcsId): number {
    const place = this.#places.get(id);
    return place === undefined ? (this.storedVersion(id)?.key ?? 0) : -place;
  }

  storedVersion(id: EcsId): KnownVersion | undefined {
    const version = this.#known.get(id);
    if (version === undefined) this.#areKnown = false;
    else this.stored.set(id, version);
    return version;
  }
}

/**
 * The arguments of `mi_append`. `undefined` when the commit does more than to add versions and to append to lists, or
 * names a version or a type whose key isn't known.
 */
export function appendArguments(
  { header, mustBeHeads, refMoves }: Commit,
  writes: readonly VersionWrite[],
  known: KnownVersions,
): AppendArguments | undefined {
  if (writes.length === 0 || refMoves.length > 0) return undefined;
  const names = new Names(writes, known);
  const lists = listsOf(writes, names);
  const versions = versionColumns(writes, names, known);
  if (lists === undefined || versions === undefined) return undefined;
  const { superseded } = versions;
  const required = new Set(mustBeHeads);
  if (
    required.size > 0 &&
    (required.size !== superseded.size || [...required].some((id) => !superseded.has(id)))
  )
    return undefined;
  const rows = [
    ...referenceColumns(
      writes.map(({ record }) => record),
      (id) => names.keyOf(id),
    ),
    ...listColumns(lists.all, names),
  ];
  if (!names.areKnown) return undefined;
  const replaced = [...superseded.values()];
  const stored = [...names.stored];
  return {
    values: [
      ...headerTexts(header).map((text) => (text === null ? null : encodeText(text))),
      ...versions.values,
      idArray(stored.map(([id]) => id)),
      numberArray(stored.map(([, { key }]) => key)),
      numberArray(stored.map(([, version]) => lineageKeyOf(version))),
      ...lists.bases,
      numberArray(replaced.map(lineageKeyOf)),
      numberArray(replaced.map(({ key }) => key)),
      required.size > 0,
      numberArray(versions.heads),
      ...rows,
    ],
    lineages: versions.lineages,
    lists: lists.all,
  };
}

/** 0 when it isn't known. */
function lineageKeyOf({ lineage }: KnownVersion): number {
  return lineage?.key ?? 0;
}

function versionColumns(writes: readonly VersionWrite[], names: Names, known: KnownVersions) {
  const superseded = new Map<EcsId, KnownVersion>();
  const lineages = new Map<LineageId, number>();
  const replaced = new Set<number>();
  const keyOfParent = (id: EcsId | null): number | null => {
    if (id === null) return null;
    const key = names.keyOf(id);
    replaced.add(-key);
    const stored = names.stored.get(id);
    if (stored === undefined) return key;
    superseded.set(id, stored);
    return key;
  };
  const parents = writes.map(({ record }) => keyOfParent(record.parentId));
  const mergedFroms = writes.map(({ record }) => keyOfParent(record.mergedFromId));
  for (const { lineage } of superseded.values()) {
    if (lineage === undefined) return undefined;
    lineages.set(lineage.id, lineage.key);
  }
  const firsts: (LineageId | null)[] = [];
  const lineageKeys: number[] = [];
  const heads: number[] = [];
  for (const [i, { record }] of writes.entries()) {
    const { lineageId } = record;
    if (!known.hasType(record.type)) return undefined;
    // A lineage that is stored all the same is met as an id that is taken.
    const stored = lineages.get(lineageId);
    if (stored === undefined) lineages.set(lineageId, -(i + 1));
    lineageKeys.push(stored ?? -(i + 1));
    firsts.push(stored === undefined ? lineageId : null);
    if (!replaced.has(i + 1)) heads.push(i + 1);
  }
  return {
    superseded,
    lineages: writes.map(({ record }, i) => [record.lineageId, lineageKeys[i] ?? 0] as const),
    heads,
    values: [
      idArray(writes.map(({ record }) => record.ecsId)),
      textArray(firsts),
      numberArray(lineageKeys),
      numberArray(parents),
      numberArray(mergedFroms),
      textArray(writes.map(({ record }) => record.type)),
      ...recordColumns(writes.map(({ record }) => record)),
    ],
  };
}

/** How each list is stored, and the columns that say where the lists are that they go on from. */
function listsOf(writes: readonly VersionWrite[], names: Names) {
  const all: AppendedList[][] = [];
  const grown = new Set<KnownList>();
  const bases = new Map<KnownList, readonly [holder: number, index: number]>();
  for (const { record, bases: hints } of writes) {
    const ofVersion: AppendedList[] = [];
    for (const [index, list] of record.lists.entries()) {
      const given = hints[index] ?? undefined;
      const hint = given === undefined || names.isFresh(given.of) ? undefined : given;
      const holder = hint && names.storedVersion(hint.of);
      const placed = appendedList(list, hint, hint && holder?.lists[hint.list]);
      if (placed === undefined) return undefined;
      const { base } = placed;
      if (base !== undefined && hint !== undefined && holder !== undefined) {
        bases.set(base, [holder.key, hint.list]);
        // There is room for one of them only.
        if (placed.from < list.length) {
          if (grown.has(base)) return undefined;
          grown.add(base);
        }
      }
      ofVersion.push(placed);
    }
    all.push(ofVersion);
  }
  return {
    all,
    bases: [
      numberArray([...bases.values()].map(([holder]) => holder)),
      numberArray([...bases.values()].map(([, index]) => index)),
      numberArray([...bases.keys()].map(({ segment }) => segment)),
    ],
  };
}

function listColumns(lists: readonly (readonly AppendedList[])[], names: Names): readonly string[] {
  const holders: number[] = [];
  const indexes: number[] = [];
  const lengths: number[] = [];
  const segments: (number | null)[] = [];
  const items: [lists: number[], positions: number[], members: number[]] = [[], [], []];
  for (const [i, ofVersion] of lists.entries())
    for (const [index, placed] of ofVersion.entries()) {
      const place = holders.push(i + 1);
      indexes.push(index);
      lengths.push(placed.list.length);
      segments.push(placed.segment);
      for (const [offset, id] of newMembers(placed).entries()) {
        items[0].push(place);
        items[1].push(placed.from + offset);
        items[2].push(names.keyOf(id));
      }
    }
  return [holders, indexes, lengths, segments, ...items].map(numberArray);
}
