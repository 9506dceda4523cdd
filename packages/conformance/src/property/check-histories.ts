import fc from "fast-check";
import type { Clause, ClauseContext } from "../clause.ts";
import { reopened } from "../clauses/reopened.ts";
import { ConformanceError } from "../conformance-error.ts";
import { commitAsPredicted, compareListings } from "../model/compare-with-model.ts";
import { RandomCommits } from "../model/random-commits.ts";
import { ReferenceModel } from "../model/reference-model.ts";
import { Random } from "../random.ts";
import { ClauseRun } from "../run/clause-run.ts";
import type { ConformanceTarget } from "../target.ts";

/** How many histories to try, and which. */
export interface HistoryOptions {
  /** How many histories to try. Default: 100. */
  readonly runs?: number | undefined;
  /** The most commits of a history. Default: 40. */
  readonly steps?: number | undefined;
  /** Default: 1. The same seed tries the same histories. */
  readonly seed?: number | undefined;
  /** The place of a history in the run of a seed, as a failure tells it: only that one is run. */
  readonly path?: string | undefined;
}

/** One step: the seed of all its choices. It does not shrink, so a failing history shrinks by losing steps, fast. */
const step = fc.noShrink(fc.nat());

/**
 * Compares the storage with the reference model over random histories, as the clauses on the model do, and looks for
 * the shortest history that fails. Needs fast-check.
 *
 * @example
 * test("histories", () => checkHistories(target, { runs: 500 }));
 * @throws ConformanceError whose trace is the shortest failing history that was found
 */
export async function checkHistories(
  target: ConformanceTarget,
  options: HistoryOptions = {},
): Promise<void> {
  const { runs = 100, steps = 40, seed = 1, path = "" } = options;
  const history = fc.array(step, { minLength: 1, maxLength: steps, size: "max" });
  const result = await fc.check(
    fc.asyncProperty(history, (script) => runHistory(target, script, seed)),
    { numRuns: runs, seed, path },
  );
  if (!result.failed) return;
  const { errorInstance: error, counterexamplePath } = result;
  const again = `checkHistories with seed: ${seed}, path: ${JSON.stringify(counterexamplePath)}`;
  throw isFailure(error)
    ? new ConformanceError({ ...error.details, repeat: again }, error)
    : new ConformanceError(
        {
          clause: property.id,
          what: "a history",
          expected: "no error",
          actual: String(error),
          seed,
          trace: [],
          repeat: again,
        },
        error,
      );
}

/** Stands for a clause in what fails: a history is made as for C-280, and is no clause by itself. */
const property: Clause = {
  id: "histories",
  level: "MUST",
  area: "model",
  title: "After each commit of any history the storage shows what the reference model holds.",
  why: "What no one thought to test happens in long runs of ordinary work.",
  run: async () => undefined,
};

async function runHistory(
  target: ConformanceTarget,
  script: readonly number[],
  seed: number,
): Promise<void> {
  const run = await ClauseRun.start(target, property, { seed, budget: "gate" });
  try {
    await followScript(run, script);
  } finally {
    await run.end();
  }
}

async function followScript(t: ClauseContext, script: readonly number[]): Promise<void> {
  let storage = await t.open();
  const model = new ReferenceModel();
  const made: Parameters<RandomCommits["wasCommitted"]>[0][] = [];
  for (const [place, chosen] of script.entries()) {
    const random = new Random(chosen);
    if (random.chance(0.05)) {
      t.note(`step ${place}: reopen`);
      storage = await reopened(t, storage);
    }
    const commits = new RandomCommits(t.make, random, model);
    for (const commit of made) commits.wasCommitted(commit);
    const next = commits.next();
    t.note(`step ${place}: ${next.label} ${next.commit.header.id}`);
    if (await commitAsPredicted(t, storage, model, next)) made.push(next.commit);
    await compareListings(t, storage, model, 10);
    const ids = model.versions.map(({ record }) => record.ecsId);
    t.equal(await storage.read(ids), model.versions, "all versions as read");
  }
}

function isFailure(error: unknown): error is ConformanceError {
  return typeof error === "object" && error !== null && "trace" in error && "details" in error;
}
