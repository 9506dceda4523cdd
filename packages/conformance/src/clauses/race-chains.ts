import type { Commit, CommitResult, EcsId, EntityRecord, EntityStorage } from "@mi/ecs";
import { MiError } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { checkStored, conflictOf, membersOf, retried, sequenceOf } from "./expectations.ts";
import { committed } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const raceChainClauses: readonly Clause[] = [
  {
    id: "C-224",
    level: "MUST",
    area: "races",
    title:
      "Four instances that each add ten versions to one lineage under mustBeHeads make one chain of forty.",
    why: "Of workers on one conversation none may lose a turn, and none may branch it unseen.",
    rules: ["C2"],
    async run(t) {
      const instances = await severalInstances(t, 4);
      const root = t.make.version();
      await committed(t, instance(t, instances, 0), { versions: [root] });
      await Promise.all(
        instances.map(async (storage) => {
          let head = root.ecsId;
          for (let i = 0; i < 10; i++) head = await addToChain(t, storage, head);
        }),
      );
      const storage = instance(t, instances, 3);
      const query = { lineageId: root.lineageId };
      const { items } = await storage.versions(query, { limit: 100 });
      t.equal(items.length, 41, "the number of versions");
      t.equal(
        items.map(({ parentId }) => parentId),
        [null, ...items.slice(0, -1).map(({ ecsId }) => ecsId)],
        "the parents, in storage order",
      );
    },
  },
  {
    id: "C-225",
    level: "MUST",
    area: "races",
    title:
      "Four instances that append to one list, reading again after each conflict, lose and double no member, and every version begins as the one before it.",
    why: "This is how agents share a thread.",
    rules: ["C1", "C2"],
    async run(t) {
      const instances = await severalInstances(t, 4);
      const root = t.make.version({ lists: [[]] });
      await committed(t, instance(t, instances, 0), { versions: [root] });
      const appended = await Promise.all(
        instances.map(async (storage) => {
          const own: EcsId[] = [];
          for (let i = 0; i < 8; i++) own.push(await appendToList(t, storage, root));
          return own;
        }),
      );
      const storage = instance(t, instances, 1);
      const { items } = await storage.versions({ lineageId: root.lineageId }, { limit: 100 });
      let before: readonly EcsId[] = [];
      for (const { ecsId } of items) {
        const members = await membersOf(t, storage, ecsId);
        t.equal(members.slice(0, before.length), before, "the beginning of the next version");
        before = members;
      }
      t.equal(before.toSorted(), appended.flat().toSorted(), "the members of the last version");
      for (const own of appended)
        t.equal(
          before.filter((id) => own.includes(id)),
          own,
          "the members that one instance appended, in its order",
        );
    },
  },
  {
    id: "C-226",
    level: "MUST",
    area: "races",
    title:
      "Of two instances that fork the same two heads in opposite order at once, exactly one is committed, and both come to an end.",
    why: "Locks that are taken in the order of the caller wait for each other for ever.",
    rules: ["C1", "C2"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const [a, b] = [t.make.version(), t.make.version()];
        await committed(t, one, { versions: [a, b] });
        const commits = [
          [a, b],
          [b, a],
        ].map((parents) =>
          t.make.commit({
            versions: parents.map((parent) => t.make.version({ parent })),
            mustBeHeads: parents,
          }),
        );
        const results = await inParallel([one, other], commits);
        const winner = results.findIndex(({ status }) => status === "committed");
        const conflict = conflictOf(t, t.present(results[1 - winner], "the answer to the loser"));
        const heads = await other.heads([a.lineageId, b.lineageId]);
        const ids = commits[winner]?.versions.map(({ record }) => record.ecsId) ?? [];
        t.equal(heads.flat().toSorted(), ids.toSorted(), "the heads after a round");
        t.equal(
          conflict.heads,
          new Map([
            [a.lineageId, heads[0]],
            [b.lineageId, heads[1]],
          ]),
          "the heads that the loser is told",
        );
      }
    },
  },
  {
    id: "C-227",
    level: "MUST",
    area: "races",
    title:
      "Commits of four instances to lineages of their own are all committed, each with a sequence of its own.",
    why: "Work that does not meet must not get in each other's way.",
    async run(t) {
      const instances = await severalInstances(t, 4);
      const made = await Promise.all(
        instances.map(async (storage) => {
          const sequences: number[] = [];
          let head = t.make.version();
          for (let i = 0; i < 8; i++) {
            const parents = i === 0 ? [] : [head];
            head = i === 0 ? head : t.make.version({ parent: head });
            const commit = t.make.commit({ versions: [head], mustBeHeads: parents });
            const result = await retried(storage, commit);
            t.equal(result.status, "committed", "the answer");
            sequences.push(sequenceOf(result) ?? 0);
          }
          return { head, sequences };
        }),
      );
      const sequences = made.flatMap((each) => each.sequences);
      t.equal(new Set(sequences).size, 32, "the number of different sequences");
      for (const own of made)
        t.equal(
          own.sequences.toSorted((a, b) => a - b),
          own.sequences,
          "those of one instance",
        );
      const heads = await instance(t, instances, 0).heads(made.map(({ head }) => head.lineageId));
      t.equal(
        heads,
        made.map(({ head }) => [head.ecsId]),
        "the heads",
      );
    },
  },
  {
    id: "C-228",
    level: "MUST",
    area: "races",
    title:
      "Two commits at once that bring the same version store it once; with two contents under one ecsId, one of them is an IdReuseError.",
    why: "Two imports of one export run side by side.",
    rules: ["C1", "I1"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const shared = t.make.version();
        const same = [shared, shared].map((version) =>
          t.make.commit({ versions: [version, t.make.version({ refs: [version] })] }),
        );
        const results = await inParallel([one, other], same);
        t.equal(
          results.map(({ status }) => status),
          ["committed", "committed"],
          "the answers for equal content",
        );
        const [left = 0, right = 0] = results.map(sequenceOf);
        const first = t.present(same[left < right ? 0 : 1], "the commit that came first");
        await checkStored(t, other, [shared], first, Math.min(left, right));

        const ecsId = t.make.ecsId();
        const different = [t.make.version({ ecsId }), t.make.version({ ecsId })];
        const commits = different.map((version) => t.make.commit({ versions: [version] }));
        const outcomes = await settled([one, other], commits);
        t.equal(outcomes.toSorted(), ["MI_STORAGE_ID_REUSE", "committed"], "the outcomes");
        const winner = outcomes.indexOf("committed");
        const [stored] = await one.read([ecsId]);
        t.equal(stored?.record, different[winner], "the version that is stored");
      }
    },
  },
  {
    id: "C-229",
    level: "MUST",
    area: "races",
    title:
      "Two commits at once under one id: with equal headers they become one commit with the versions of both, with other headers one is an IdReuseError.",
    why: "An import that runs twice must not make two commits of one.",
    rules: ["C1"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const header = t.make.header();
        const parts = [t.make.version(), t.make.version()];
        const results = await inParallel(
          [one, other],
          parts.map((version) => t.make.commit({ header, versions: [version] })),
        );
        const [sequence = 0, second] = results.map(sequenceOf);
        t.equal(second, sequence, "the sequences that the two are told");
        await checkStored(t, one, parts, t.make.commit({ header }), sequence);
        const id = t.make.commitId();
        const outcomes = await settled(
          [one, other],
          ["ada", "bob"].map((actor) => t.make.commit({ header: { id, actor } })),
        );
        t.equal(outcomes.toSorted(), ["MI_STORAGE_ID_REUSE", "committed"], "the outcomes");
      }
      t.equal((await one.stats()).commits, 2 * rounds(t), "the number of commits");
    },
  },
  {
    id: "C-230",
    level: "MUST",
    area: "races",
    title:
      "A commit that meets a clear of another instance is there whole afterwards, or not at all.",
    why: "What is left of half a clear is corrupt.",
    rules: ["C1"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const leaf = t.make.version();
        const versions = [
          leaf,
          t.make.version({ lists: [[leaf]] }),
          t.make.version({ parent: leaf }),
        ];
        const refMoves = [{ name: "main", to: leaf.ecsId }];
        const commit = t.make.commit({ versions, refMoves });
        const work = [() => other.clear(), () => retried(one, commit)];
        await Promise.all((round % 2 === 0 ? work : work.toReversed()).map((run) => run()));
        const { stats, refs, versions: stored } = await visibleState(other);
        const isThere = stats.commits === 1;
        t.equal(
          { stats, refs: refs.length, records: stored.map((version) => version?.record) },
          isThere
            ? { stats: { versions: 3, lineages: 2, commits: 1 }, refs: 1, records: versions }
            : { stats: { versions: 0, lineages: 0, commits: 0 }, refs: 0, records: [] },
          "what is stored",
        );
        await one.clear();
      }
    },
  },
];

function rounds(t: ClauseContext): number {
  return t.budget === "soak" ? 100 : 10;
}

async function severalInstances(
  t: ClauseContext,
  count: number,
): Promise<readonly EntityStorage[]> {
  const instances: EntityStorage[] = [];
  for (let i = 0; i < count; i++) instances.push(await t.open());
  return instances;
}

function instance(
  t: ClauseContext,
  instances: readonly EntityStorage[],
  index: number,
): EntityStorage {
  return t.present(instances[index], `instance ${index}`);
}

/** Forks the head that a chain ends in now; the version that was made. */
async function addToChain(t: ClauseContext, storage: EntityStorage, from: EcsId): Promise<EcsId> {
  let head = from;
  for (;;) {
    const [parent] = await storage.read([head]);
    const next = t.make.version({ parent: t.present(parent, "the head").record });
    const commit = t.make.commit({ versions: [next], mustBeHeads: [head] });
    const result = await retried(storage, commit);
    if (result.status !== "conflict") return next.ecsId;
    const heads = result.heads.get(next.lineageId) ?? [];
    t.equal(heads.length, 1, "the number of heads that a conflict tells");
    head = t.present(heads[0], "the head that a conflict tells");
  }
}

/** Appends one new member to the newest version of a list; the member. */
async function appendToList(
  t: ClauseContext,
  storage: EntityStorage,
  { lineageId }: EntityRecord,
): Promise<EcsId> {
  const member = t.make.version({ type: "Message" });
  for (;;) {
    const [heads] = await storage.heads([lineageId]);
    t.equal(heads?.length, 1, "the number of heads");
    const [head] = await storage.read(heads ?? []);
    const { record } = t.present(head, "the head");
    const at = record.lists[0]?.length ?? 0;
    const next = t.make.edited(record, [[{ at, remove: 0, insert: [member.ecsId] }]]);
    const commit = t.make.commit({ versions: [member, next], mustBeHeads: [record] });
    const result = await retried(storage, commit);
    if (result.status !== "conflict") return member.ecsId;
  }
}

async function inParallel(
  instances: readonly EntityStorage[],
  commits: readonly Commit[],
): Promise<readonly CommitResult[]> {
  return Promise.all(
    pairs(instances, commits).map(([storage, commit]) => retried(storage, commit)),
  );
}

/** The status of each answer, or the code of its error. */
async function settled(
  instances: readonly EntityStorage[],
  commits: readonly Commit[],
): Promise<readonly string[]> {
  return Promise.all(
    pairs(instances, commits).map(([storage, commit]) =>
      retried(storage, commit).then(
        ({ status }) => status,
        (error: unknown) => {
          if (MiError.is(error)) return error.code;
          throw error;
        },
      ),
    ),
  );
}

function pairs(
  instances: readonly EntityStorage[],
  commits: readonly Commit[],
): readonly (readonly [EntityStorage, Commit])[] {
  return instances.flatMap((storage, i) => {
    const commit = commits[i];
    return commit === undefined ? [] : [[storage, commit] as const];
  });
}
