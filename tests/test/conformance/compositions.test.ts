import { describe, test } from "@jest/globals";
import { register, wrapTarget } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { CachedStorage, InstrumentedStorage, RecordCache } from "@mi/ecs/storage";
import { faultyTarget, soundFaults } from "./faulty-target.ts";
import { sqliteTarget } from "./sqlite-target.ts";

/** Evicts all the time: a few versions fill it. */
const smallCache = 8_000;
const memory = faultyTarget(soundFaults);

const compositions = [
  wrapTarget(memory, "a cache over memory", () => around(new RecordCache())),
  wrapTarget(memory, "a small cache over memory", () =>
    around(new RecordCache({ maxBytes: smallCache })),
  ),
  wrapTarget(memory, "instrumented memory", () => (inner) => new InstrumentedStorage(inner)),
  wrapTarget(memory, "an instrumented cache over instrumented memory", () => {
    const cached = around(new RecordCache());
    return (inner) => new InstrumentedStorage(cached(new InstrumentedStorage(inner)));
  }),
  wrapTarget(sqliteTarget, "an instrumented cache over SQLite", () => {
    const cached = around(new RecordCache());
    return (inner) => new InstrumentedStorage(cached(inner));
  }),
];

for (const composition of compositions) register(composition, { describe, test });

function around(cache: RecordCache): (inner: EntityStorage) => EntityStorage {
  return (inner) => new CachedStorage(inner, { cache });
}
