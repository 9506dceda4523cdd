import { Random } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { scratchPath } from "../scratch-folder.ts";
import { loggedCommits, recover, tearLog } from "./torn-log.ts";

const SEED = 41;
const COMMITS = 40;

test("a copy of database and log at any commit holds all commits so far", async () => {
  const { commits, paths } = await loggedCommits(SEED, COMMITS, scratchPath);
  for (const i of [0, 1, 17, COMMITS - 1])
    expect(await recover(paths[i] ?? "", commits)).toEqual({ kept: i + 1, findings: [] });
});

test("a log that was cut or garbled anywhere leaves the first commits, whole, and no error", async () => {
  const random = new Random(SEED);
  const logged = await loggedCommits(SEED, COMMITS, scratchPath);
  const kept = new Set<number>();
  for (let trial = 0; trial < 40; trial++) {
    const recovered = await tearLog(logged, random, scratchPath());
    expect(recovered.findings).toEqual([]);
    kept.add(recovered.kept);
  }
  // The damage struck at many places.
  expect(kept.size).toBeGreaterThan(10);
});
