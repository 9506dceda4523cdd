import { describe, test } from "@jest/globals";
import { register, wrapTarget } from "@mi/conformance";
import { CachedStorage, InstrumentedStorage, RecordCache } from "@mi/ecs/storage";
import { target } from "./folder-target.ts";

const composition = wrapTarget(target, "an instrumented cache over a folder", () => {
  const cache = new RecordCache();
  return (inner) => new InstrumentedStorage(new CachedStorage(inner, { cache }));
});

register(composition, { describe, test });
