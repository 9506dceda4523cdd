import type { EntityStorage } from "@mi/ecs";
import type { ConformanceTarget, Medium, MediumFaults } from "./target.ts";

/**
 * The target with a layer around every instance, such as a cache: proves the layer on that backend. `start` is called
 * once for each medium, so that what it makes is shared by the instances of one medium alone. The medium's hooks break
 * the instances inside.
 *
 * @example
 * wrapTarget(target, "a cache over mine", () => {
 *   const cache = new RecordCache();
 *   return (storage) => new CachedStorage(storage, { cache });
 * });
 */
export function wrapTarget(
  target: ConformanceTarget,
  name: string,
  start: () => (inner: EntityStorage) => EntityStorage,
): ConformanceTarget {
  return {
    name,
    async create(context): Promise<Medium> {
      const medium = await target.create(context);
      const wrap = start();
      const inside = new WeakMap<EntityStorage, EntityStorage>();
      return {
        facts: medium.facts,
        async open() {
          const inner = await medium.open();
          const outer = wrap(inner);
          inside.set(outer, inner);
          return outer;
        },
        destroy: () => medium.destroy(),
        faults: medium.faults && faultsOf(medium.faults, (outer) => inside.get(outer) ?? outer),
      };
    },
  };
}

/** The hooks that there are: a missing one stays missing, so that its clauses are reported as not run. */
function faultsOf(
  { crash, loseNextReply, failNextCommit, onEvent }: MediumFaults,
  inner: (outer: EntityStorage) => EntityStorage,
): MediumFaults {
  return {
    crash: crash && ((storage) => crash(inner(storage))),
    loseNextReply: loseNextReply && ((storage) => loseNextReply(inner(storage))),
    failNextCommit: failNextCommit && ((storage, write) => failNextCommit(inner(storage), write)),
    onEvent: onEvent && ((storage, listener) => onEvent(inner(storage), listener)),
  };
}
