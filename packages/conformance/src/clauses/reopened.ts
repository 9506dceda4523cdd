import type { EntityStorage } from "@mi/ecs";
import type { ClauseContext } from "../clause.ts";

/** A new instance in place of `storage`: after its close on a durable medium, which is then truly reopened, else before it. */
export async function reopened(
  t: ClauseContext,
  storage: EntityStorage,
  medium = t.medium,
): Promise<EntityStorage> {
  if (medium.facts.durable) {
    await storage.close();
    return t.open(medium);
  }
  const other = await t.open(medium);
  await storage.close();
  return other;
}
