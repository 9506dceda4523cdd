import { describe, test } from "@jest/globals";
import { register } from "@mi/conformance";
import type { ConformanceTarget, Medium } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { CachedStorage, InstrumentedStorage, RecordCache } from "@mi/ecs/storage";
import { memoryTarget } from "./memory-target.ts";

/** Evicts all the time: a few versions fill it. */
const smallCache = 8_000;

register(
  composed("a cache over memory", () => around(new RecordCache())),
  { describe, test },
);
register(
  composed("a small cache over memory", () => around(new RecordCache({ maxBytes: smallCache }))),
  { describe, test },
);
register(
  composed("an instrumented cache over instrumented memory", () => {
    const cached = around(new RecordCache());
    return (inner) => new InstrumentedStorage(cached(new InstrumentedStorage(inner)));
  }),
  { describe, test },
);

function around(cache: RecordCache): (inner: EntityStorage) => EntityStorage {
  return (inner) => new CachedStorage(inner, { cache });
}

/** Each instance of a medium of memory, wrapped; what `start` makes is shared by those of one medium. */
function composed(
  name: string,
  start: () => (inner: EntityStorage) => EntityStorage,
): ConformanceTarget {
  return {
    name,
    async create(context): Promise<Medium> {
      const medium = await memoryTarget.create(context);
      const wrap = start();
      return { ...medium, open: async () => wrap(await medium.open()) };
    },
  };
}
