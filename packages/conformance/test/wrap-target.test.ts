import { wrapTarget } from "@mi/conformance";
import type { MediumFaults } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { expect, test } from "@jest/globals";
import { emptyTarget } from "./empty-target.ts";

const layer = (inner: EntityStorage): EntityStorage => ({ ...inner });

test("a layer stands around every instance, and is started once for each medium", async () => {
  let started = 0;
  const target = wrapTarget(emptyTarget(), "wrapped", () => {
    const label = { versions: ++started, lineages: 0, commits: 0 };
    return (inner) => ({ ...inner, stats: async () => label });
  });
  const one = await target.create({ seed: 1 });
  const other = await target.create({ seed: 2 });
  const instances = [await one.open(), await one.open(), await other.open()];
  const seen = await Promise.all(
    instances.map(async (storage) => (await storage.stats()).versions),
  );
  expect([target.name, ...seen]).toEqual(["wrapped", 1, 1, 2]);
});

test("hooks break the instance inside, and those that are missing stay missing", async () => {
  const inside: EntityStorage[] = [];
  const broken: EntityStorage[] = [];
  const faults: MediumFaults = {
    crash: async (storage) => void broken.push(storage),
    failNextCommit: async (storage) => void broken.push(storage),
  };
  const target = wrapTarget(emptyTarget({ faults }), "wrapped", () => (inner) => {
    inside.push(inner);
    return layer(inner);
  });
  const medium = await target.create({ seed: 1 });
  await medium.open();
  const storage = await medium.open();
  await medium.faults?.crash?.(storage);
  await medium.faults?.failNextCommit?.(storage, 0);
  expect(broken.map((instance) => inside.indexOf(instance))).toEqual([1, 1]);
  expect([medium.faults?.loseNextReply, medium.faults?.onEvent]).toEqual([undefined, undefined]);
  const without = await wrapTarget(emptyTarget(), "wrapped", () => layer).create({ seed: 1 });
  expect(without.faults).toBeUndefined();
});

test("facts and the end of a medium are those of the medium inside", async () => {
  let destroyed = 0;
  const inner = emptyTarget({ destroy: async () => void destroyed++ });
  const medium = await wrapTarget(inner, "wrapped", () => layer).create({ seed: 1 });
  expect(medium.facts).toEqual((await inner.create({ seed: 1 })).facts);
  await medium.destroy();
  expect(destroyed).toBe(1);
});
