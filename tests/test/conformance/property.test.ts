import { checkHistories } from "@mi/conformance/property";
import { expect, test } from "@jest/globals";
import { brokenCommits } from "./broken/broken-commits.ts";
import { brokenContents } from "./broken/broken-contents.ts";
import { brokenTarget } from "./broken/broken-target.ts";
import { faultyTarget, soundFaults } from "./faulty-target.ts";
import { memoryTarget } from "./memory-target.ts";

test("random histories hold on a sound store, durable or not", async () => {
  for (const target of [memoryTarget, faultyTarget(soundFaults)])
    await expect(checkHistories(target, { runs: 15 })).resolves.toBeUndefined();
});

const stores = [...brokenCommits, ...brokenContents].filter(({ caughtBy }) =>
  caughtBy.includes("C-280"),
);

test.each(stores)("one that $name is found, by a short history", async (broken) => {
  const error = await failure(brokenTarget(broken), {});
  expect(error).toMatchObject({ code: "MI_CONFORMANCE_FAILED", clause: "histories" });
  expect(Object(error).trace.length).toBeLessThanOrEqual(8);
});

test("a failure tells how to repeat it, and the repeated one is the same", async () => {
  const [broken] = stores.slice(1);
  if (broken === undefined) throw new Error("there is no broken store");
  const target = brokenTarget(broken);
  const first = await failure(target, { seed: 7 });
  const message = String(Object(first).message);
  const [, path] = /repeat with checkHistories with seed: 7, path: "([^"]+)"/.exec(message) ?? [];
  expect(path).toBeDefined();
  const again = await failure(target, { seed: 7, path });
  expect(Object(again).message).toBe(message);
});

async function failure(
  target: Parameters<typeof checkHistories>[0],
  options: Parameters<typeof checkHistories>[1],
): Promise<unknown> {
  return checkHistories(target, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}
