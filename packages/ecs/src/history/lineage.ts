import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord, StoredVersion } from "../storage/contract.ts";
import { lineageDiagram } from "./lineage-diagram.ts";
import type { LineageNode } from "./lineage-node.ts";
import { diffRecords } from "./record-diff.ts";

/** All versions of an entity: a tree by `parentId`, with the parents that merges took in beside it. */
export class Lineage {
  readonly lineageId: LineageId;
  /** In storage order. */
  readonly versions: readonly LineageNode[];
  /** Versions without a parent in this lineage. */
  readonly roots: readonly EcsId[];
  /** Versions that no other one was made from, in storage order: the last is the latest. */
  readonly heads: readonly EcsId[];
  readonly #byId: ReadonlyMap<EcsId, LineageNode>;

  /** @param versions in storage order */
  constructor(lineageId: LineageId, versions: readonly StoredVersion[]) {
    this.lineageId = lineageId;
    const records = new Map(versions.map(({ record }) => [record.ecsId, record]));
    const children = new Map<EcsId, EcsId[]>(versions.map(({ record }) => [record.ecsId, []]));
    const superseded = new Set<EcsId>();
    const depths = new Map<EcsId, number>();
    for (const { record } of versions) {
      if (record.parentId !== null) {
        children.get(record.parentId)?.push(record.ecsId);
        superseded.add(record.parentId);
      }
      if (record.mergedFromId !== null) superseded.add(record.mergedFromId);
    }
    const depthOf = (record: EntityRecord): number => {
      // A parent stands before its child in storage order, so its depth is known.
      const parent = record.parentId === null ? undefined : depths.get(record.parentId);
      const depth = parent === undefined ? 0 : parent + 1;
      depths.set(record.ecsId, depth);
      return depth;
    };
    this.versions = versions.map(({ record, sequence }) => {
      const parent = record.parentId === null ? undefined : records.get(record.parentId);
      return {
        record,
        sequence,
        depth: depthOf(record),
        children: children.get(record.ecsId) ?? [],
        changes: parent === undefined ? [] : diffRecords(parent, record).changes,
      };
    });
    this.#byId = new Map(this.versions.map((node) => [node.record.ecsId, node]));
    this.roots = this.versions.filter((node) => node.depth === 0).map((node) => node.record.ecsId);
    this.heads = this.versions
      .filter((node) => !superseded.has(node.record.ecsId))
      .map((node) => node.record.ecsId);
  }

  get(ecsId: EcsId): LineageNode | undefined {
    return this.#byId.get(ecsId);
  }

  /** A Mermaid flowchart of the versions, each edge labelled with what changed. */
  toMermaid(): string {
    return lineageDiagram(this.versions);
  }

  toJSON(): unknown {
    return {
      lineageId: this.lineageId,
      roots: this.roots,
      heads: this.heads,
      versions: this.versions.map(({ record, sequence, depth, changes }) => ({
        ecsId: record.ecsId,
        parentId: record.parentId,
        mergedFromId: record.mergedFromId,
        createdAt: record.createdAt,
        sequence,
        depth,
        changes: changes.map(({ path, kind }) => ({ path, kind })),
      })),
    };
  }
}
