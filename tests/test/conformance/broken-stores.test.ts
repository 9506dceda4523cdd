import { clauses, runConformance } from "@mi/conformance";
import type { ConformanceTarget } from "@mi/conformance";
import { describe, expect, test } from "@jest/globals";
import { brokenMedia } from "./broken-media.ts";
import { brokenBasics } from "./broken/broken-basics.ts";
import { brokenCommits } from "./broken/broken-commits.ts";
import { brokenContents } from "./broken/broken-contents.ts";
import { brokenHints } from "./broken/broken-hints.ts";
import { brokenInstances } from "./broken/broken-instances.ts";
import { brokenLimits } from "./broken/broken-limits.ts";
import { brokenListings } from "./broken/broken-listings.ts";
import { brokenRefs } from "./broken/broken-refs.ts";
import { brokenTarget } from "./broken/broken-target.ts";

/** These take longer than all others together: they run where they are meant to fail. */
const longRuns = new Set(
  "C-105 C-110 C-113 C-122 C-123 C-125 C-146 C-280 C-281 C-282 C-283 C-284 C-415 C-422 C-423".split(
    " ",
  ),
);
const quick = clauses
  .filter(({ id, area }) => !longRuns.has(id) && area !== "large")
  .map(({ id }) => id);

const brokenStores = [
  ...brokenBasics,
  ...brokenCommits,
  ...brokenContents,
  ...brokenListings,
  ...brokenInstances,
  ...brokenRefs,
  ...brokenHints,
  ...brokenLimits,
];

describe("a broken store fails the clauses meant for it and passes all others", () => {
  test.each(brokenStores)("one that $name", async (broken) => {
    const only = [...new Set([...quick, ...broken.caughtBy])];
    expect(await failedClauses(brokenTarget(broken), only)).toEqual(broken.caughtBy);
  });
});

describe("a broken medium fails the clauses meant for it", () => {
  test.each(brokenMedia)("one that $name", async ({ target, caughtBy }) => {
    expect(await failedClauses(target, ["harness", "faults"])).toEqual(caughtBy);
  });
});

test("every clause has caught something, but for three that hold the core alone to its word", () => {
  const caught = new Set([...brokenStores, ...brokenMedia].flatMap(({ caughtBy }) => caughtBy));
  const idle = clauses.filter(({ id }) => !caught.has(id)).map(({ id }) => id);
  expect(idle).toEqual(["C-405", "C-411", "C-413"]);
});

async function failedClauses(
  target: ConformanceTarget,
  only: readonly string[],
): Promise<readonly string[]> {
  const { results } = await runConformance(target, { only });
  return results.filter(({ status }) => status === "fail").map(({ id }) => id);
}
