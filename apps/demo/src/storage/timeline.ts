import type { EcsId, EntityRegistry, LineageId } from "@mi/ecs";
import { historyIds } from "./history-ids.ts";

/** One version of a thread. */
export interface ThreadVersion {
  readonly ecsId: EcsId;
  readonly parentId: EcsId | null;
  /** Of its commit, in storage order. */
  readonly sequence: number;
  /** How many messages its history has. */
  readonly length: number;
  /** The messages that its parent doesn't have. */
  readonly added: readonly EcsId[];
}

/** Every version of a thread in storage order, with its messages by id: nothing of their content is read. */
export async function threadTimeline(
  registry: EntityRegistry,
  thread: LineageId,
): Promise<readonly ThreadVersion[]> {
  const lineage = await registry.lineage(thread);
  const timeline = new Map<EcsId, ThreadVersion>();
  for (const { record, sequence, changes } of lineage.versions) {
    const { ecsId, parentId } = record;
    const parent = parentId === null ? undefined : timeline.get(parentId);
    const edits = changes.find(({ path }) => path.length === 1 && path[0] === "history")?.edits;
    const added =
      parent === undefined ? historyIds(record) : (edits ?? []).flatMap(({ insert }) => insert);
    const removed = (edits ?? []).reduce((sum, { remove }) => sum + remove, 0);
    const length = (parent?.length ?? 0) + added.length - removed;
    timeline.set(ecsId, { ecsId, parentId, sequence, length, added });
  }
  return [...timeline.values()];
}

/** The versions that a head was made from, one from the other, oldest first, itself last. */
export function pathToHead(
  timeline: readonly ThreadVersion[],
  head: EcsId,
): readonly ThreadVersion[] {
  const byId = new Map(timeline.map((version) => [version.ecsId, version]));
  const path: ThreadVersion[] = [];
  for (let version = byId.get(head); version !== undefined;) {
    path.push(version);
    version = version.parentId === null ? undefined : byId.get(version.parentId);
  }
  return path.toReversed();
}
