import type { EntityStorage } from "@mi/ecs";
import type { ClauseContext } from "../clause.ts";
import { sortedByName } from "../clauses/expectations.ts";
import { allPages } from "../clauses/visible-state.ts";
import type { RandomCommit } from "./random-commits.ts";
import type { ReferenceModel } from "./reference-model.ts";

type Checks = Pick<ClauseContext, "equal" | "ok" | "rejects">;

/** Whether it was committed; fails unless the storage answers as the model does. */
export async function commitAsPredicted(
  t: Checks,
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

/** Fails unless every listing of the storage, taken by pages of `limit`, shows what the model holds. */
export async function compareListings(
  t: Checks,
  storage: EntityStorage,
  model: ReferenceModel,
  limit: number,
): Promise<void> {
  const lineages = model.lineages();
  const expectedHeads = lineages.map((lineage) => model.heads(lineage));
  t.equal(await storage.heads(lineages), expectedHeads, "the heads of all lineages");
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
