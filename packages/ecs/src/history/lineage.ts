import type { EcsId, LineageId } from "../ids.ts";
import type { StoredVersion } from "../storage/contract.ts";
import { jsonValue } from "./json-form.ts";
import { lineageDiagram } from "./lineage-diagram.ts";
import type { LineageNode } from "./lineage-node.ts";
import { diffRecords, type FieldChange } from "./record-diff.ts";

/** All versions of an entity: a tree by `parentId`, with the parents that merges took in beside it. */
export class Lineage {
  readonly lineageId: LineageId;
  /** In storage order. */
  readonly versions: readonly LineageNode[];
  /** Versions without a parent in this lineage, in storage order: several where histories were brought together. */
  readonly roots: readonly EcsId[];
  /** Versions that no other one was made from, in storage order: the last is the latest. */
  readonly heads: readonly EcsId[];
  readonly #byId: ReadonlyMap<EcsId, LineageNode>;

  /** @param versions in storage order */
  constructor(lineageId: LineageId, versions: readonly StoredVersion[]) {
    this.lineageId = lineageId;
    const records = new Map(versions.map(({ record }) => [record.ecsId, record]));
    const children = new Map<EcsId, EcsId[]>(versions.map(({ record }) => [record.ecsId, []]));
    const superseded = new Set<EcsId | null>();
    const roots: EcsId[] = [];
    for (const { record } of versions) {
      const siblings = record.parentId === null ? undefined : children.get(record.parentId);
      (siblings ?? roots).push(record.ecsId);
      superseded.add(record.parentId).add(record.mergedFromId);
    }
    const depths = depthsBelow(roots, children);
    this.versions = versions.map(({ record, sequence }) => {
      const parent = record.parentId === null ? undefined : records.get(record.parentId);
      let changes: readonly FieldChange[] | undefined;
      return {
        record,
        sequence,
        depth: depths.get(record.ecsId) ?? 0,
        children: children.get(record.ecsId) ?? [],
        // When they are first asked for: most lineages are only walked.
        get changes() {
          return (changes ??= parent === undefined ? [] : diffRecords(parent, record).changes);
        },
      };
    });
    this.#byId = new Map(this.versions.map((node) => [node.record.ecsId, node]));
    this.roots = roots;
    this.heads = this.versions
      .filter((node) => !superseded.has(node.record.ecsId))
      .map((node) => node.record.ecsId);
  }

  /** A version of the lineage; `undefined` for any other id. */
  get(ecsId: EcsId): LineageNode | undefined {
    return this.#byId.get(ecsId);
  }

  /**
   * A Mermaid flowchart of the versions, each edge labelled with what changed.
   *
   * @param options `fenced`: as a block for a Markdown page
   */
  toMermaid({ fenced = false }: { readonly fenced?: boolean | undefined } = {}): string {
    const diagram = lineageDiagram(this.versions);
    return fenced ? `\`\`\`mermaid\n${diagram}\`\`\`\n` : diagram;
  }

  /** The lineage as JSON, values as `jsonForm` has them, instants as text, of a list of sub-entities its edits. */
  toJSON(): unknown {
    return {
      lineageId: this.lineageId,
      roots: this.roots,
      heads: this.heads,
      versions: this.versions.map(({ record, sequence, depth, children, changes }) => ({
        ecsId: record.ecsId,
        parentId: record.parentId,
        mergedFromId: record.mergedFromId,
        createdAt: record.createdAt,
        sequence,
        depth,
        children,
        changes: changes.map(changeForm),
      })),
    };
  }
}

/** A list of ten thousand members would stand in it twice for each version that it grew in. */
function changeForm({ path, kind, edits, old, new: present }: FieldChange): unknown {
  if (edits !== undefined) return { path, kind, edits };
  return {
    path,
    kind,
    ...(kind !== "added" && { old: jsonValue(old) }),
    ...(kind !== "removed" && { new: jsonValue(present) }),
  };
}

/** By `parentId` alone. From the roots down: within one commit a version may stand before its parent. */
function depthsBelow(
  roots: readonly EcsId[],
  children: ReadonlyMap<EcsId, readonly EcsId[]>,
): ReadonlyMap<EcsId, number> {
  const depths = new Map<EcsId, number>();
  let level = roots;
  for (let depth = 0; level.length > 0; depth++) {
    for (const id of level) depths.set(id, depth);
    level = level.flatMap((id) => children.get(id) ?? []);
  }
  return depths;
}
