import { reachableFrom } from "../entity/children.ts";
import type { Home } from "../entity/warm-state.ts";
import { CorruptionError, type MergeConflict } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import type { Part } from "../registry/assemble-tree.ts";
import { byId, treeOf, type Records } from "../registry/load-trees.ts";
import type { TypeCatalog } from "../registry/type-catalog.ts";
import { answered, type AnswerScope, type Resolve } from "./answer.ts";
import { LineageIndex } from "./lineage-index.ts";
import { MergeBases, mergeFields } from "./merge-base.ts";
import { shownValue, type ValueConflict } from "./merge-values.ts";
import { ancestryOf } from "./ancestry-of.ts";
import { PresentShapes } from "./present-shape.ts";
import type { MergeSource } from "./staged-versions.ts";
import { recordOf, tokensOf } from "./tokens.ts";

export interface MergePlan {
  readonly root: LineageId;
  /** The merged tree, each entity once. */
  readonly parts: ReadonlyMap<LineageId, Part>;
  /** All records that the parts refer to. */
  readonly records: Records;
  /** Those that nobody resolved; in the parts they stand as ours. */
  readonly conflicts: readonly MergeConflict[];
}

/** What a plan is made with. */
export interface Planner {
  readonly storage: MergeSource;
  readonly types: TypeCatalog;
  readonly home: Home;
  readonly resolve: Resolve | undefined;
}

/**
 * Works out from records alone what the tree of a version becomes with other versions merged in: of its root, of anything
 * in it, or both. Writes nothing.
 *
 * @returns `undefined` when one of them is not stored
 */
export async function planMerge(
  ours: EcsId,
  theirs: readonly EcsId[],
  planner: Planner,
): Promise<MergePlan | undefined> {
  const records = byId(await planner.storage.readTree([ours, ...theirs]));
  const root = records.get(ours);
  if (root === undefined || theirs.some((id) => !records.has(id))) return undefined;
  const mine = byLineage([treeOf(ours, records)]);
  // What was named itself goes before what something named happens to hold.
  const named = new Map(theirs.flatMap((id): [EcsId, EntityRecord][] => pairOf(id, records)));
  const other = byLineage([named, ...theirs.map((id) => treeOf(id, records))]);
  const index = new LineageIndex(planner.storage);
  await index.add(records.values());
  const shapes = new PresentShapes(planner.types, planner.home);
  for (const id of [ours, ...theirs]) shapes.addTree(id, [...treeOf(id, records).values()]);
  const bases = await basesOf(mine, other, { index, shapes, planner });
  const merge = new Merge({ mine, other, bases, records, index, shapes, planner });
  await merge.follow(root.lineageId);
  return { root: root.lineageId, parts: merge.parts, records, conflicts: merge.conflicts };
}

function pairOf(id: EcsId, records: Records): [EcsId, EntityRecord][] {
  const record = records.get(id);
  return record === undefined ? [] : [[id, record]];
}

type Fields = Record<string, unknown>;

/** Of an entity that stands in different versions on the two sides. */
interface Base {
  readonly ancestors: readonly EcsId[];
  readonly fields: Fields;
}

type ByLineage = ReadonlyMap<LineageId, EntityRecord>;

class Merge {
  readonly parts = new Map<LineageId, Part>();
  readonly conflicts: MergeConflict[] = [];
  readonly #mine: ByLineage;
  readonly #other: ByLineage;
  /** Entities that neither side holds: what a base held, or an answer brought in. */
  readonly #brought = new Map<LineageId, EntityRecord>();
  readonly #bases: ReadonlyMap<LineageId, Base>;
  readonly #records: Map<EcsId, EntityRecord>;
  readonly #index: LineageIndex;
  readonly #shapes: PresentShapes;
  readonly #planner: Planner;

  constructor(of: {
    mine: ByLineage;
    other: ByLineage;
    bases: ReadonlyMap<LineageId, Base>;
    records: Map<EcsId, EntityRecord>;
    index: LineageIndex;
    shapes: PresentShapes;
    planner: Planner;
  }) {
    this.#mine = of.mine;
    this.#other = of.other;
    this.#bases = of.bases;
    this.#records = of.records;
    this.#index = of.index;
    this.#shapes = of.shapes;
    this.#planner = of.planner;
  }

  /** Merges an entity and all that it then holds. */
  async follow(root: LineageId): Promise<void> {
    let waiting: readonly LineageId[] = [root];
    while (waiting.length > 0) {
      const absent = this.#followPresent(waiting);
      const found = await this.#planner.storage.readTree(
        absent.map((lineageId) => this.#index.versionOf(lineageId)),
      );
      const records = found.map(({ record }) => record);
      await this.#index.add(records);
      for (const record of records) this.#bring(record);
      for (const lineageId of absent)
        if (this.#find(lineageId) === undefined) throw missing(lineageId);
      waiting = absent;
    }
  }

  /** @returns what the merged entities hold and neither side has */
  #followPresent(from: readonly LineageId[]): readonly LineageId[] {
    const absent = new Set<LineageId>();
    const waiting = [...from];
    for (let lineageId = waiting.pop(); lineageId !== undefined; lineageId = waiting.pop()) {
      if (this.parts.has(lineageId)) continue;
      const part = this.#part(lineageId);
      if (part === undefined) absent.add(lineageId);
      else {
        this.parts.set(lineageId, part);
        for (const id of referencedIds(part.content)) waiting.push(this.#index.lineageOf(id));
      }
    }
    return [...absent];
  }

  #part(lineageId: LineageId): Part | undefined {
    const [ours, theirs] = [this.#mine.get(lineageId), this.#other.get(lineageId)];
    if (ours === undefined || theirs === undefined) {
      const only = this.#find(lineageId);
      return only === undefined ? undefined : whole(only);
    }
    const base = this.#bases.get(lineageId);
    // One side went on from the other: nothing to join.
    if (base === undefined || base.ancestors.includes(theirs.ecsId)) return whole(ours);
    if (base.ancestors.includes(ours.ecsId)) return whole(theirs);
    const type = this.#planner.types.find(ours.type);
    const [mine, other] = [ours, theirs].map((record) =>
      tokensOf(this.#shapes.of(record), (id) => this.#index.lineageOf(id)),
    );
    const fields = mergeFields(base.fields, mine ?? {}, other ?? {}, type, (conflict) =>
      this.#decide(conflict, ours),
    );
    const schemaVersion = Math.max(
      ours.schemaVersion,
      theirs.schemaVersion,
      type?.upcast === undefined ? 1 : type.schemaVersion,
    );
    const content = recordOf(fields, { ...ours, schemaVersion }, (held) => this.#versionOf(held));
    return { stand: ours, content, mergingFrom: theirs.ecsId };
  }

  #decide(found: ValueConflict, { type, lineageId }: EntityRecord): unknown {
    const conflict: MergeConflict = {
      type,
      lineageId,
      path: found.path,
      base: shownValue(found.base),
      ours: shownValue(found.ours),
      theirs: shownValue(found.theirs),
    };
    const resolution = this.#planner.resolve?.(conflict);
    if (resolution !== undefined)
      return answered(resolution, found, conflict, this.#scopeOf(conflict));
    this.conflicts.push(conflict);
    return found.ours;
  }

  #scopeOf({ type, path: [field] }: MergeConflict): AnswerScope {
    const plan = this.#planner.types.find(type)?.fields.get(String(field));
    return {
      home: this.#planner.home,
      mayHoldReferences: plan?.mayHoldReferences === true,
      known: (lineageId) => this.#index.find(lineageId),
      admit: (state) => {
        for (const { recorded } of reachableFrom([state]))
          if (recorded !== undefined) this.#bring(recorded.record);
      },
    };
  }

  #bring(record: EntityRecord): void {
    this.#records.set(record.ecsId, record);
    this.#index.note(record);
    if (!this.#brought.has(record.lineageId)) this.#brought.set(record.lineageId, record);
  }

  #find(lineageId: LineageId): EntityRecord | undefined {
    return this.#mine.get(lineageId) ?? this.#other.get(lineageId) ?? this.#brought.get(lineageId);
  }

  #versionOf(lineageId: LineageId): EcsId {
    return this.#find(lineageId)?.ecsId ?? this.#index.versionOf(lineageId);
  }
}

function whole(record: EntityRecord): Part {
  return { stand: record, content: record };
}

function byLineage(trees: readonly Records[]): ByLineage {
  const found = new Map<LineageId, EntityRecord>();
  for (const tree of trees)
    for (const record of tree.values())
      if (!found.has(record.lineageId)) found.set(record.lineageId, record);
  return found;
}

/** What the two sides are compared with, for each entity that stands in different versions on them. */
async function basesOf(
  ours: ByLineage,
  theirs: ByLineage,
  using: { index: LineageIndex; shapes: PresentShapes; planner: Planner },
): Promise<ReadonlyMap<LineageId, Base>> {
  const { index, shapes } = using;
  const { storage, types } = using.planner;
  const found = new Map<LineageId, { ancestors: readonly EcsId[]; joined: MergeBases }>();
  const read = new Map<EcsId, EntityRecord>();
  const fields = async (id: EcsId): Promise<Fields> => {
    if (!read.has(id)) await load([id]);
    return tokensOf(shapes.of(read.get(id) ?? missing(id)), (held) => index.lineageOf(held));
  };
  const load = async (ids: readonly EcsId[]): Promise<void> => {
    for (const stored of await storage.read(ids))
      if (stored !== undefined) read.set(stored.record.ecsId, stored.record);
    for (const id of ids) {
      const record = read.get(id);
      if (record === undefined || !shapes.isOlder(record)) continue;
      const tree = (await storage.readTree([id])).map((stored) => stored.record);
      await index.add(tree);
      shapes.addTree(id, tree);
    }
    await index.add(ids.map((id) => read.get(id) ?? missing(id)));
  };
  for (const [lineageId, mine] of ours) {
    const other = theirs.get(lineageId);
    if (other === undefined || other.ecsId === mine.ecsId) continue;
    const ancestry = await ancestryOf(lineageId, storage);
    const ancestors = ancestry.nearestCommon(mine.ecsId, other.ecsId);
    const joined = new MergeBases(ancestry, types.find(mine.type), fields);
    found.set(lineageId, { ancestors, joined });
  }
  // Nearly all have one ancestor: all of them in one request.
  await load([...new Set([...found.values()].flatMap(({ ancestors }) => ancestors))]);
  const bases = new Map<LineageId, Base>();
  for (const [lineageId, { ancestors, joined }] of found)
    bases.set(lineageId, { ancestors, fields: await joined.joined(ancestors) });
  return bases;
}

function missing(what: string): never {
  throw new CorruptionError(`${what} is referred to but not stored`);
}
