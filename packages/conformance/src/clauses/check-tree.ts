import type { EntityRecord, EntityStorage } from "@mi/ecs";
import type { ClauseContext } from "../clause.ts";
import { idOf } from "../fixtures/fixtures.ts";
import type { Target } from "../fixtures/fixtures.ts";

/** Fails unless the tree of these roots is these versions, each once. */
export async function checkTree(
  t: ClauseContext,
  storage: EntityStorage,
  roots: readonly Target[],
  expected: readonly EntityRecord[],
): Promise<void> {
  const tree = await storage.readTree(roots.map(idOf));
  const records = tree.map(({ record }) => record);
  t.equal(records.toSorted(byId), expected.toSorted(byId), "the tree, sorted by id");
}

function byId(a: EntityRecord, b: EntityRecord): number {
  return a.ecsId < b.ecsId ? -1 : 1;
}
