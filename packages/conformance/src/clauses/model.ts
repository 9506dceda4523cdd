import type { EcsId, EntityStorage } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { RandomCommits } from "../model/random-commits.ts";
import type { RandomCommit } from "../model/random-commits.ts";
import { ReferenceModel } from "../model/reference-model.ts";
import { sortedByName } from "./expectations.ts";
import { reopened } from "./reopened.ts";
import { allPages } from "./visible-state.ts";

export const modelClauses: readonly Clause[] = [
  {
    id: "C-280",
    level: "MUST",
    area: "model",
    title:
      "After each of many random commits, branches, merges, list edits, ref moves, repeats and reopenings, the storage shows what the reference model holds.",
    why: "What no one thought to test happens in long runs of ordinary work.",
    async run(t) {
      const [runs, steps] = t.budget === "soak" ? [200, 200] : [16, 64];
      for (let run = 0; run < runs; run++) await randomRun(t, run, steps);
    },
  },
];

async function randomRun(t: ClauseContext, run: number, steps: number): Promise<void> {
  const medium = run === 0 ? t.medium : await t.createMedium();
  let storage = await t.open(medium);
  const model = new ReferenceModel();
  const commits = new RandomCommits(t.make, t.random, model);
  for (let step = 0; step < steps; step++) {
    if (t.random.chance(0.05)) {
      t.note(`run ${run}, step ${step}: reopen`);
      storage = await reopened(t, storage, medium);
    }
    const next = commits.next();
    t.note(`run ${run}, step ${step}: ${next.label} ${next.commit.header.id}`);
    const isCommitted = await commitAsPredicted(t, storage, model, next);
    if (isCommitted) commits.wasCommitted(next.commit);
    await compareListings(t, storage, model);
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

/** Whether it was committed; fails unless the storage answers as the model does. */
async function commitAsPredicted(
  t: ClauseContext,
  storage: EntityStorage,
  model: ReferenceModel,
  { commit, lists }: RandomCommit,
): Promise<boolean> {
  const predicted = model.predict(commit);
  if (predicted.status === "rejected") {
    await t.rejects(() => storage.commit(commit), predicted.code, "a commit that must be rejected");
    return false;
  }
  const result = await storage.commit(commit);
  t.equal(result.status, predicted.status, "the answer to a commit");
  if (result.status === "conflict" && predicted.status === "conflict") {
    t.equal(result.heads, predicted.heads, "the heads that a conflict tells");
    t.equal(
      sortedByName(result.refs),
      sortedByName(predicted.refs),
      "the refs that a conflict tells",
    );
  } else if (result.status === "already-committed" && predicted.status === "already-committed")
    t.equal(result.sequence, predicted.sequence, "the sequence of a repeated commit");
  if (result.status !== "committed") return false;
  const last = model.commits.at(-1)?.sequence ?? 0;
  t.ok(result.sequence > last, `the sequence ${result.sequence} is greater than ${last}`);
  model.accept(commit, lists, result.sequence);
  return true;
}

async function compareListings(
  t: ClauseContext,
  storage: EntityStorage,
  model: ReferenceModel,
): Promise<void> {
  const lineages = model.lineages();
  const expectedHeads = lineages.map((lineage) => model.heads(lineage));
  t.equal(await storage.heads(lineages), expectedHeads, "the heads of all lineages");
  const limit = 20 + t.random.below(40);
  const infos = await allPages((page) => storage.versions({}, page), limit);
  t.equal(infos, model.infos(), `the versions by ${limit}`);
  const commits = await allPages((page) => storage.commits({}, page), limit);
  t.equal(commits, model.commits, `the commits by ${limit}`);
  t.equal(await allPages((page) => storage.refs({}, page), limit), model.namedRefs(), "the refs");
  const stats = {
    versions: model.versions.length,
    lineages: lineages.length,
    commits: model.commits.length,
  };
  t.equal(await storage.stats(), stats, "the stats");
}

/** The newest versions and a few others. */
function someIds(t: ClauseContext, { versions }: ReferenceModel): readonly EcsId[] {
  const some = Array.from({ length: 5 }, () => t.random.pick(versions));
  return [...versions.slice(-3), ...some].flatMap((version) => version?.record.ecsId ?? []);
}
