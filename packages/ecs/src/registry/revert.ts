import { requireState, type RevertOptions, type WarmState } from "../entity/warm-state.ts";
import { isModified } from "../fork/affected.ts";
import { parseEcsId, type EcsId, type LineageId } from "../ids.ts";
import { MiError, usageError, type EcsErrorCode } from "../mi-error.ts";
import type { EntityRecord, EntityStorage } from "../storage/contract.ts";
import { assembleTree, type Part } from "./assemble-tree.ts";
import { holdStill } from "./hold-still.ts";
import { byId, treeOf, type Records } from "./load-trees.ts";
import { moveTrees, type Workshop } from "./move-tree.ts";

/**
 * Makes a new version on top of the head with the content of an old one. Each sub-entity of the old tree that differs from
 * its own head gets a new version on top of that. History stays; the entity's warm copies move to the result. What code
 * writes to them meanwhile stays as a modification.
 */
export async function revert(
  entity: object,
  to: EcsId,
  options: RevertOptions,
  workshop: Workshop,
): Promise<void> {
  const state = requireState(entity);
  await holdStill([state], async (release) => {
    refuseUnsaved(state, "revert");
    const reached = await reverted(state, to, options, workshop);
    await moveTrees([{ root: state, to: reached }], workshop, release);
  });
}

/** The version that has the old content. */
async function reverted(
  state: WarmState,
  to: EcsId,
  options: RevertOptions,
  { storage, types, home }: Workshop,
): Promise<EcsId> {
  const old = byId(await storage.readTree([to]));
  const root = old.get(to);
  if (root === undefined) return notStored(to);
  if (root.lineageId !== state.lineageId)
    throw usageError(`${to} is no version of ${state.type.name} ${state.lineageId}`);
  const contents = new Map<LineageId, EntityRecord>();
  for (const record of treeOf(to, old).values())
    if (!contents.has(record.lineageId)) contents.set(record.lineageId, record);
  const heads = await headsOf([...contents.keys()], storage);
  const head = headToRevert(heads.get(root.lineageId) ?? [], options.onto, state.ecsId);
  const present = byId(await storage.readTree([head]));
  const stands = await standsOf(heads, present, storage);
  const parts = new Map<LineageId, Part>();
  for (const [lineageId, content] of contents) {
    const stand = lineageId === root.lineageId ? present.get(head) : stands.get(lineageId);
    const same = stand === undefined || stand.ecsId === content.ecsId;
    parts.set(lineageId, { stand: same ? content : stand, content });
  }
  const assembled = assembleTree(root.lineageId, parts, old, types, home).root;
  await home.forkAll([assembled], { operation: "revert", ...options.context });
  return assembled.ecsId;
}

async function headsOf(
  lineages: readonly LineageId[],
  storage: EntityStorage,
): Promise<ReadonlyMap<LineageId, readonly EcsId[]>> {
  const found = await storage.heads(lineages);
  return new Map(lineages.map((lineageId, index) => [lineageId, found[index] ?? []]));
}

/** Each lineage's own head: the one in the present tree where that is a head, else its latest. */
async function standsOf(
  heads: ReadonlyMap<LineageId, readonly EcsId[]>,
  present: Records,
  storage: EntityStorage,
): Promise<ReadonlyMap<LineageId, EntityRecord>> {
  const wanted = [...heads.values()].flatMap((own) => {
    const inTree = own.find((id) => present.has(id));
    return inTree ?? own[own.length - 1] ?? [];
  });
  const stored = await storage.read(wanted);
  return new Map(
    stored.flatMap((found) => (found ? [[found.record.lineageId, found.record]] : [])),
  );
}

/** @throws MiError when the entity has changes that would be lost */
export function refuseUnsaved(state: WarmState, what: string): void {
  if (!isModified(state)) return;
  throw usageError(
    `${state.type.name} ${state.lineageId} has changes; fork() them before ${what}()`,
  );
}

function headToRevert(heads: readonly EcsId[], onto: EcsId | undefined, present: EcsId): EcsId {
  if (onto !== undefined) {
    const named = parseEcsId(onto);
    if (heads.includes(named)) return named;
    throw usageError(`${onto} is no head; the heads are ${heads.join(", ")}`);
  }
  const [only, second] = heads;
  if (only !== undefined && second === undefined) return only;
  if (heads.includes(present)) return present;
  throw usageError(`there are ${heads.length} heads; name one in { onto }: ${heads.join(", ")}`);
}

function notStored(id: EcsId): never {
  const code: EcsErrorCode = "MI_ENTITY_NOT_FOUND";
  throw new MiError(code, `version ${id} is not stored`);
}
