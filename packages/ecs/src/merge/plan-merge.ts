import { CorruptionError, type MergeConflict } from "../errors.ts";
import { commonAncestors } from "../history/common-ancestors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityRecord, EntityStorage, VersionInfo } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import type { Part } from "../registry/assemble-tree.ts";
import { byId, treeOf, type Records } from "../registry/load-trees.ts";
import { mergeValues, shownValue } from "./merge-values.ts";
import { recordOf, tokensOf } from "./tokens.ts";

/** Which side a conflict takes, or the value that stands instead. */
export type Resolution = "ours" | "theirs" | "base" | { readonly value: unknown };

export type Resolve = (conflict: MergeConflict) => Resolution;

export interface MergePlan {
  readonly root: LineageId;
  /** The merged tree, each entity once. */
  readonly parts: ReadonlyMap<LineageId, Part>;
  /** All records that the parts refer to. */
  readonly records: Records;
  /** Those that nobody resolved; in the parts they stand as ours. */
  readonly conflicts: readonly MergeConflict[];
}

/** Works out a merge from records alone; writes nothing. */
export async function planMerge(
  ours: EcsId,
  theirs: EcsId,
  storage: EntityStorage,
  resolve: Resolve | undefined,
): Promise<MergePlan | undefined> {
  const records = byId(await storage.readTree([ours, theirs]));
  const root = records.get(ours);
  if (root === undefined || !records.has(theirs)) return undefined;
  const mine = byLineage(treeOf(ours, records));
  const other = byLineage(treeOf(theirs, records));
  const bases = await basesOf(mine, other, storage);
  const baseRecords = byId(
    (await storage.read([...bases.values()].flat())).filter((stored) => stored !== undefined),
  );
  const lineages = await lineagesOf(
    [...records.values(), ...baseRecords.values()],
    records,
    storage,
  );
  const conflicts: MergeConflict[] = [];
  const context: JoinContext = {
    lineageOf: (id) => lineages.get(id) ?? missing(id),
    versionOf: (lineageId) =>
      (mine.get(lineageId) ?? other.get(lineageId))?.ecsId ?? missing(lineageId),
    resolve,
    conflicts,
  };
  const parts = new Map<LineageId, Part>();
  const waiting: LineageId[] = [root.lineageId];
  for (let lineageId = waiting.pop(); lineageId !== undefined; lineageId = waiting.pop()) {
    if (parts.has(lineageId)) continue;
    const found = (bases.get(lineageId) ?? []).map((id) => baseRecords.get(id) ?? missing(id));
    const part = join(mine.get(lineageId), other.get(lineageId), found, context);
    parts.set(lineageId, part);
    for (const id of referencedIds(part.content)) waiting.push(context.lineageOf(id));
  }
  return { root: root.lineageId, parts, records, conflicts };
}

interface JoinContext {
  readonly lineageOf: (id: EcsId) => LineageId;
  readonly versionOf: (lineageId: LineageId) => EcsId;
  readonly resolve: Resolve | undefined;
  readonly conflicts: MergeConflict[];
}

function join(
  ours: EntityRecord | undefined,
  theirs: EntityRecord | undefined,
  bases: readonly EntityRecord[],
  context: JoinContext,
): Part {
  if (ours === undefined) return whole(theirs ?? missing("an entity"));
  if (theirs === undefined || theirs.ecsId === ours.ecsId) return whole(ours);
  // One side went on from the other: nothing to join.
  if (bases.some((base) => base.ecsId === theirs.ecsId)) return whole(ours);
  if (bases.some((base) => base.ecsId === ours.ecsId)) return whole(theirs);
  const fields = mergeValues(
    bases.map((base) => tokensOf(base, context.lineageOf)),
    tokensOf(ours, context.lineageOf),
    tokensOf(theirs, context.lineageOf),
    [],
    ({ path, ...values }) => {
      const conflict: MergeConflict = {
        type: ours.type,
        lineageId: ours.lineageId,
        path,
        base: shownValue(values.base),
        ours: shownValue(values.ours),
        theirs: shownValue(values.theirs),
      };
      const resolution = context.resolve?.(conflict);
      if (resolution === undefined) context.conflicts.push(conflict);
      if (typeof resolution === "object") return resolution.value;
      return values[resolution ?? "ours"];
    },
  );
  const content = recordOf(Object(fields), ours, context.versionOf);
  return { stand: ours, content, mergingFrom: theirs.ecsId };
}

function whole(record: EntityRecord): Part {
  return { stand: record, content: record };
}

function byLineage(tree: Records): ReadonlyMap<LineageId, EntityRecord> {
  const found = new Map<LineageId, EntityRecord>();
  for (const record of tree.values())
    if (!found.has(record.lineageId)) found.set(record.lineageId, record);
  return found;
}

/** The nearest common ancestors of each entity that stands in different versions on the two sides. */
async function basesOf(
  ours: ReadonlyMap<LineageId, EntityRecord>,
  theirs: ReadonlyMap<LineageId, EntityRecord>,
  storage: EntityStorage,
): Promise<ReadonlyMap<LineageId, readonly EcsId[]>> {
  const bases = new Map<LineageId, readonly EcsId[]>();
  for (const [lineageId, mine] of ours) {
    const other = theirs.get(lineageId);
    if (other === undefined || other.ecsId === mine.ecsId) continue;
    const infos = new Map<EcsId, VersionInfo>();
    for await (const page of allPages((after, limit) =>
      storage.versions({ lineageId }, { after, limit }),
    ))
      for (const info of page) infos.set(info.ecsId, info);
    bases.set(lineageId, commonAncestors(infos, mine.ecsId, other.ecsId));
  }
  return bases;
}

/** The lineage of every version that the records refer to. */
async function lineagesOf(
  found: readonly EntityRecord[],
  records: Records,
  storage: EntityStorage,
): Promise<ReadonlyMap<EcsId, LineageId>> {
  const lineages = new Map([...records.values()].map((record) => [record.ecsId, record.lineageId]));
  const unknown = new Set<EcsId>();
  for (const record of found)
    for (const id of referencedIds(record)) if (!lineages.has(id)) unknown.add(id);
  for (const stored of await storage.read([...unknown]))
    if (stored !== undefined) lineages.set(stored.record.ecsId, stored.record.lineageId);
  return lineages;
}

function missing(what: string): never {
  throw new CorruptionError(`${what} is referred to but not stored`);
}
