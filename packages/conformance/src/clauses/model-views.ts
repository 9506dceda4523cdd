import { referencedIds } from "@mi/ecs";
import type {
  CommitQuery,
  EcsId,
  EntityRecord,
  EntityStorage,
  ListEdit,
  VersionQuery,
} from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { RandomCommits } from "../model/random-commits.ts";
import { ReferenceModel } from "../model/reference-model.ts";
import { checkTree } from "./check-tree.ts";
import { committed, membersOf } from "./expectations.ts";
import { edited, membersToUse } from "./list-members.ts";
import { allPages } from "./visible-state.ts";

export const modelViewClauses: readonly Clause[] = [
  {
    id: "C-282",
    level: "MUST",
    area: "model",
    title:
      "In a random history the tree of any versions is what can be reached from them, no more and no less.",
    why: "Sharing, cycles and old versions come in all mixtures.",
    rules: ["I3"],
    async run(t) {
      const storage = await t.open();
      const model = await randomHistory(t, storage, t.budget === "soak" ? 500 : 100);
      for (let i = 0; i < 40; i++) {
        const roots = Array.from({ length: 1 + t.random.below(3) }, () => randomRecord(t, model));
        await checkTree(t, storage, roots, reachable(model, roots));
      }
    },
  },
  {
    id: "C-283",
    level: "MUST",
    area: "model",
    title:
      "In a random history every mixture of filters, limits and directions lists what the reference model selects.",
    why: "Each filter has its own index, and each mixture its own plan.",
    async run(t) {
      const storage = await t.open();
      const model = await randomHistory(t, storage, t.budget === "soak" ? 500 : 100);
      for (let i = 0; i < 60; i++) {
        const limit = 1 + t.random.below(30);
        const descending = t.random.chance(0.5);
        await checkVersions(t, storage, model, randomVersionQuery(t, model), limit, descending);
        await checkCommits(t, storage, model, randomCommitQuery(t, model), limit, descending);
      }
    },
  },
  {
    id: "C-284",
    level: "MUST",
    area: "model",
    title:
      "Lists that branch at random from any of 200 versions, and are edited anywhere, are right in every version.",
    why: "Shared pieces, overlays and roll-ups go wrong where branches of branches meet.",
    rules: ["M3", "F4"],
    async run(t) {
      const storage = await t.open();
      const ids = await membersToUse(t, storage, 80);
      const root = t.make.version({ lists: [ids.slice(0, 40)] });
      await committed(t, storage, { versions: [root] });
      const known: (readonly [EntityRecord, readonly EcsId[]])[] = [[root, ids.slice(0, 40)]];
      for (let i = 0; i < (t.budget === "soak" ? 1000 : 200); i++) {
        const recent = t.random.chance(0.6) ? known.slice(-3) : known;
        const [base, members] = t.present(t.random.pick(recent), "a version to go on from");
        const edits = randomEdits(t, members.length, ids);
        const write = t.make.edited(base, [edits]);
        await committed(t, storage, { versions: [write] });
        known.push([write.record, edited(members, edits)]);
      }
      for (const [record, members] of t.random.shuffled(known))
        t.equal(await membersOf(t, storage, record), members, "the list of a version");
    },
  },
];

/** Commits of the random kind that are right, taken in by a model too. */
async function randomHistory(
  t: ClauseContext,
  storage: EntityStorage,
  steps: number,
): Promise<ReferenceModel> {
  const model = new ReferenceModel();
  const commits = new RandomCommits(t.make, t.random, model);
  for (let step = 0; step < steps; step++) {
    const { commit, lists } = commits.next();
    if (model.predict(commit).status !== "committed") continue;
    const header = { ...commit.header, actor: t.random.pick(["ada", "bob"]) ?? null };
    const named = { ...commit, header };
    const result = await storage.commit(named);
    t.equal(result.status, "committed", "the answer");
    model.accept(named, lists, result.status === "conflict" ? 0 : result.sequence);
    commits.wasCommitted(named);
  }
  return model;
}

function randomRecord(t: ClauseContext, { versions }: ReferenceModel): EntityRecord {
  return t.present(t.random.pick(versions), "a stored version").record;
}

function reachable(model: ReferenceModel, roots: readonly EntityRecord[]): readonly EntityRecord[] {
  const found = new Map(roots.map((record) => [record.ecsId, record]));
  for (const record of found.values())
    for (const id of referencedIds(record)) {
      const next = model.find(id)?.record;
      if (next !== undefined) found.set(id, found.get(id) ?? next);
    }
  return [...found.values()];
}

function randomVersionQuery(t: ClauseContext, model: ReferenceModel): VersionQuery {
  const { lineageId } = randomRecord(t, model);
  const commit = t.present(t.random.pick(model.commits), "a stored commit");
  return {
    lineageId: t.random.chance(0.4) ? lineageId : undefined,
    types: t.random.pick([undefined, undefined, ["Note"], ["Message", "Note"], ["Message"], []]),
    headsOnly: t.random.pick([undefined, false, true]),
    commitId: t.random.chance(0.2) ? commit.id : undefined,
  };
}

async function checkVersions(
  t: ClauseContext,
  storage: EntityStorage,
  model: ReferenceModel,
  query: VersionQuery,
  limit: number,
  descending: boolean,
): Promise<void> {
  const heads = new Set(model.lineages().flatMap((lineage) => model.heads(lineage)));
  const selected = model
    .infos()
    .filter(
      (info) =>
        (query.lineageId === undefined || info.lineageId === query.lineageId) &&
        (query.types === undefined || query.types.includes(info.type)) &&
        (query.headsOnly !== true || heads.has(info.ecsId)) &&
        (query.commitId === undefined || info.commitId === query.commitId),
    );
  const found = await allPages((page) => storage.versions(query, page), limit, descending);
  const what = `the versions with ${JSON.stringify(query)} by ${limit}`;
  t.equal(found, descending ? selected.toReversed() : selected, what);
}

function randomCommitQuery(t: ClauseContext, model: ReferenceModel): CommitQuery {
  const { lineageId } = randomRecord(t, model);
  const instant = (): string | undefined =>
    t.random.chance(0.3) ? t.random.pick(model.commits)?.createdAt : undefined;
  return {
    lineageId: t.random.chance(0.4) ? lineageId : undefined,
    actor: t.random.pick([undefined, "ada", "bob", "eve"]),
    since: instant(),
    until: instant(),
  };
}

async function checkCommits(
  t: ClauseContext,
  storage: EntityStorage,
  model: ReferenceModel,
  query: CommitQuery,
  limit: number,
  descending: boolean,
): Promise<void> {
  const { lineageId, actor, since, until } = query;
  const touched = new Set(
    model
      .infos()
      .filter((info) => info.lineageId === lineageId)
      .map(({ commitId }) => commitId),
  );
  const selected = model.commits.filter(
    (commit) =>
      (lineageId === undefined || touched.has(commit.id)) &&
      (actor === undefined || commit.actor === actor) &&
      (since === undefined || commit.createdAt >= since) &&
      (until === undefined || commit.createdAt < until),
  );
  const found = await allPages((page) => storage.commits(query, page), limit, descending);
  const what = `the commits with ${JSON.stringify(query)} by ${limit}`;
  t.equal(found, descending ? selected.toReversed() : selected, what);
}

/** Up to four edits, ascending and apart from each other; most lists keep about their length. */
function randomEdits(t: ClauseContext, length: number, ids: readonly EcsId[]): readonly ListEdit[] {
  const edits: ListEdit[] = [];
  let at = t.random.below(length + 1);
  while (at <= length && edits.length < 4) {
    const remove = Math.min(length - at, t.random.below(length > 100 ? 30 : 4));
    const start = t.random.below(ids.length);
    const insert = ids.slice(start, start + t.random.below(length > 100 ? 3 : 6));
    edits.push({ at, remove, insert });
    at += remove + 1 + t.random.below(20);
  }
  return edits;
}
