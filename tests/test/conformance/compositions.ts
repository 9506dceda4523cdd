import { wrapTarget } from "@mi/conformance";
import type { ConformanceTarget } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { CachedStorage, InstrumentedStorage, RecordCache } from "@mi/ecs/storage";

/** Evicts all the time: a few versions fill it. */
const smallCache = 8_000;

/** A cache that all instances of a medium share. */
export function cachedTarget(target: ConformanceTarget): ConformanceTarget {
  return wrapTarget(target, `a cache over ${target.name}`, () => around(new RecordCache()));
}

export function smallCacheTarget(target: ConformanceTarget): ConformanceTarget {
  return wrapTarget(target, `a small cache over ${target.name}`, () =>
    around(new RecordCache({ maxBytes: smallCache })),
  );
}

export function instrumentedTarget(target: ConformanceTarget): ConformanceTarget {
  return wrapTarget(
    target,
    `instrumented ${target.name}`,
    () => (inner) => new InstrumentedStorage(inner),
  );
}

function around(cache: RecordCache): (inner: EntityStorage) => EntityStorage {
  return (inner) => new CachedStorage(inner, { cache });
}
