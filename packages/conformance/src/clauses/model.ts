import type { EcsId } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { commitAsPredicted, compareListings } from "../model/compare-with-model.ts";
import { RandomCommits } from "../model/random-commits.ts";
import { ReferenceModel } from "../model/reference-model.ts";
import { reopened } from "./reopened.ts";

export const modelClauses: readonly Clause[] = [
  {
    id: "C-280",
    level: "MUST",
    area: "model",
    title:
      "After each of many random commits, branches, merges, list edits, ref moves, repeats and reopenings, the storage shows what the reference model holds.",
    why: "What no one thought to test happens in long runs of ordinary work.",
    rules: ["M5"],
    async run(t) {
      const [runs, steps] = t.budget === "soak" ? [200, 200] : [16, 64];
      for (let run = 0; run < runs; run++) await randomRun(t, run, steps);
    },
  },
  {
    id: "C-281",
    level: "MUST",
    area: "model",
    title: "The same holds when two instances take turns at committing and reading.",
    why: "What one instance remembers, another one has changed meanwhile.",
    rules: ["M5", "C1"],
    async run(t) {
      const [runs, steps] = t.budget === "soak" ? [100, 200] : [4, 64];
      for (let run = 0; run < runs; run++) await randomRun(t, run, steps, true);
    },
  },
];

async function randomRun(
  t: ClauseContext,
  run: number,
  steps: number,
  takesTurns = false,
): Promise<void> {
  const medium = run === 0 ? t.medium : await t.createMedium();
  let storage = await t.open(medium);
  let other = takesTurns ? await t.open(medium) : storage;
  const model = new ReferenceModel();
  const commits = new RandomCommits(t.make, t.random, model);
  for (let step = 0; step < steps; step++) {
    if (t.random.chance(0.05)) {
      t.note(`run ${run}, step ${step}: reopen`);
      const isAlone = other === storage;
      storage = await reopened(t, storage, medium);
      if (isAlone) other = storage;
    }
    [storage, other] = [other, storage];
    const next = commits.next();
    t.note(`run ${run}, step ${step}: ${next.label} ${next.commit.header.id}`);
    const isCommitted = await commitAsPredicted(t, storage, model, next);
    if (isCommitted) commits.wasCommitted(next.commit);
    await compareListings(t, storage, model, 20 + t.random.below(40));
    const isThorough = step % 8 === 7 || step === steps - 1;
    const ids = isThorough ? model.versions.map(({ record }) => record.ecsId) : someIds(t, model);
    t.equal(
      await storage.read(ids),
      ids.map((id) => model.find(id)),
      "the versions as read",
    );
  }
  await storage.close();
}

/** The newest versions and a few others. */
function someIds(t: ClauseContext, { versions }: ReferenceModel): readonly EcsId[] {
  const some = Array.from({ length: 5 }, () => t.random.pick(versions));
  return [...versions.slice(-3), ...some].flatMap((version) => version?.record.ecsId ?? []);
}
