import { CorruptionError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import { diffRecords, type EntityDiff } from "./record-diff.ts";

/** A version that only one of two trees holds. */
export interface TreeMember {
  readonly type: string;
  readonly lineageId: LineageId;
  readonly ecsId: EcsId;
}

/** What differs between two trees, entity by entity. */
export interface TreeDiff {
  readonly from: EcsId;
  readonly to: EcsId;
  /** Of the new tree alone, in its document order. */
  readonly added: readonly TreeMember[];
  /** Of the old tree alone, in its document order. */
  readonly removed: readonly TreeMember[];
  /**
   * Entities of which the trees hold different versions, in the document order of the new tree, the root first. An entity
   * that has a new version only because of what it holds differs in its references.
   */
  readonly changed: readonly EntityDiff[];
  /** How many versions both trees hold. */
  readonly unchanged: number;
}

/**
 * Compares all that two versions hold, at any depth, entity with entity by lineage. The roots are compared with each
 * other, whatever their lineages. Versions that both trees hold are only counted. Where a tree holds several versions of
 * one lineage, a version is compared with the one that it was made from, else with the first that is left; what then has
 * no partner counts as added or removed.
 *
 * @param records at least all that the two roots reach
 * @throws CorruptionError when one of those is missing
 */
export function diffTrees(
  records: ReadonlyMap<EcsId, EntityRecord>,
  from: EcsId,
  to: EcsId,
): TreeDiff {
  const before = reachable(records, from);
  const after = reachable(records, to);
  const gone = new Map([...before].filter(([id]) => !after.has(id)));
  const come = new Map([...after].filter(([id]) => !before.has(id)));
  const partners = pair(gone, come, before.get(from), after.get(to));
  const paired = new Set(partners.values());
  return {
    from,
    to,
    added: [...come.values()].filter((record) => !partners.has(record)).map(member),
    removed: [...gone.values()].filter((record) => !paired.has(record)).map(member),
    changed: [...after.values()].flatMap((record) => {
      const partner = partners.get(record);
      return partner === undefined ? [] : [diffRecords(partner, record)];
    }),
    unchanged: [...after.keys()].filter((id) => before.has(id)).length,
  };
}

type Versions = ReadonlyMap<EcsId, EntityRecord>;

/** In document order: a version, then what it holds. */
function reachable(records: Versions, root: EcsId): Versions {
  const found = new Map<EcsId, EntityRecord>();
  const stack: Iterator<EcsId>[] = [[root].values()];
  for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
    const next = top.next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    const id = next.value;
    if (found.has(id)) continue;
    const record = records.get(id);
    if (record === undefined)
      throw new CorruptionError(`version ${id} is missing from its tree`, { ecsId: id });
    found.set(id, record);
    stack.push(referencedIds(record));
  }
  return found;
}

/** For versions of the new tree the one of the old tree to compare with. */
function pair(
  gone: Versions,
  come: Versions,
  from: EntityRecord | undefined,
  to: EntityRecord | undefined,
): ReadonlyMap<EntityRecord, EntityRecord> {
  const left = new Map<LineageId, Map<EcsId, EntityRecord>>();
  for (const record of gone.values()) {
    const versions = left.get(record.lineageId) ?? new Map<EcsId, EntityRecord>();
    left.set(record.lineageId, versions.set(record.ecsId, record));
  }
  const partners = new Map<EntityRecord, EntityRecord>();
  const join = (record: EntityRecord, partner: EntityRecord | undefined): void => {
    if (partner === undefined || partners.has(record)) return;
    if (left.get(partner.lineageId)?.delete(partner.ecsId) === true) partners.set(record, partner);
  };
  if (to !== undefined && come.has(to.ecsId)) join(to, from);
  for (const record of come.values())
    for (const parent of [record.parentId, record.mergedFromId])
      if (parent !== null) join(record, left.get(record.lineageId)?.get(parent));
  for (const record of come.values()) {
    const [partner] = left.get(record.lineageId)?.values() ?? [];
    join(record, partner);
  }
  return partners;
}

function member({ type, lineageId, ecsId }: EntityRecord): TreeMember {
  return { type, lineageId, ecsId };
}
