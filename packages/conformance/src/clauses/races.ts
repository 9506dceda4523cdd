import type { Commit, CommitResult, EntityStorage } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { during } from "./during.ts";
import { checkHeads, committed, conflictOf, retried, sequenceOf } from "./expectations.ts";
import { turn } from "./turn.ts";

export const raceClauses: readonly Clause[] = [
  {
    id: "C-220",
    level: "MUST",
    area: "races",
    title:
      "Of two instances that fork one head at once under mustBeHeads, exactly one is committed.",
    why: "If both win, one of two writers has lost its work without a word.",
    rules: ["C2"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      let head = t.make.version();
      await committed(t, one, { versions: [head] });
      for (let round = 0; round < rounds(t); round++) {
        const children = [t.make.version({ parent: head }), t.make.version({ parent: head })];
        const results = await race(
          [one, other],
          children.map((child) => t.make.commit({ versions: [child], mustBeHeads: [head] })),
          round,
        );
        const winners = children.filter((_, i) => results[i]?.status === "committed");
        t.equal(winners.length, 1, `the number of winners in round ${round}`);
        const winner = t.present(winners[0], "the winner");
        const loser = results[winner === children[0] ? 1 : 0];
        const conflict = conflictOf(t, t.present(loser, "the answer to the loser"));
        t.equal(
          conflict.heads,
          new Map([[head.lineageId, [winner.ecsId]]]),
          "the heads that the loser is told",
        );
        await checkHeads(t, other, head.lineageId, [winner], `the heads after round ${round}`);
        head = winner;
      }
      const stats = await one.stats();
      t.equal(stats.versions, rounds(t) + 1, "the number of versions after all rounds");
    },
  },
  {
    id: "C-221",
    level: "MUST",
    area: "races",
    title:
      "Two instances that fork one head at once without mustBeHeads are both committed, and both forks are heads.",
    why: "Nothing is ever lost: the second writer makes a branch.",
    rules: ["C2", "F4"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const base = t.make.version();
        await committed(t, one, { versions: [base] });
        const children = [t.make.version({ parent: base }), t.make.version({ parent: base })];
        const results = await race(
          [one, other],
          children.map((child) => t.make.commit({ versions: [child] })),
          round,
        );
        t.equal(
          results.map(({ status }) => status),
          ["committed", "committed"],
          `the answers in round ${round}`,
        );
        const [left = 0, right = 0] = results.map(sequenceOf);
        t.ok(left !== right, "they differ in sequence");
        await checkHeads(
          t,
          one,
          base.lineageId,
          left < right ? children : children.toReversed(),
          `the heads after round ${round}`,
        );
      }
    },
  },
  {
    id: "C-222",
    level: "MUST",
    area: "races",
    title: "Of two instances that move one ref at once from where it is, exactly one succeeds.",
    why: "A ref that two move at once is a lock that two hold.",
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      const targets = [t.make.version(), t.make.version(), t.make.version()] as const;
      const [start, left, right] = [targets[0].ecsId, targets[1].ecsId, targets[2].ecsId];
      await committed(t, one, { versions: targets });
      for (let round = 0; round < rounds(t); round++) {
        const name = `release-${round}`;
        const expected = round % 2 === 0 ? null : start;
        if (expected !== null) await committed(t, one, { refMoves: [{ name, to: start }] });
        const results = await race(
          [one, other],
          [left, right].map((to) => t.make.commit({ refMoves: [{ name, to, expected }] })),
          round,
        );
        const winners = [left, right].filter((_, i) => results[i]?.status === "committed");
        t.equal(winners.length, 1, `the number of winners in round ${round}`);
        const { items } = await other.refs({ names: [name] }, { limit: 2 });
        t.equal(
          items.map(({ to }) => to),
          winners,
          `where the ref points after round ${round}`,
        );
      }
    },
  },
  {
    id: "C-223",
    level: "MUST",
    area: "races",
    title: "Who reads while another instance commits sees all of the commit or nothing of it.",
    why: "A tree of which half is new was never committed by anyone.",
    rules: ["C1", "F2"],
    async run(t) {
      const [writer, reader] = [await t.open(), await t.open()];
      for (let round = 0; round < rounds(t); round++) {
        const leaves = Array.from({ length: 20 }, () => t.make.version());
        const root = t.make.version({ lists: [leaves] });
        const name = `round-${round}`;
        const versions = [...leaves, root];
        const commit = t.make.commit({ versions, refMoves: [{ name, to: root.ecsId }] });
        const look = async (): Promise<void> => {
          const [listed, read] = await Promise.all([
            reader.versions({ commitId: commit.header.id }, { limit: 100 }),
            reader.read(versions.map(({ ecsId }) => ecsId)),
          ]);
          const present = read.filter((version) => version !== undefined).length;
          for (const count of [listed.items.length, present])
            t.ok(count === 0 || count === 21, `of 21 versions of one commit, ${count} are seen`);
          const { items } = await reader.refs({ names: [name] }, { limit: 1 });
          if (items.length > 0)
            t.equal((await reader.readTree([root.ecsId])).length, 21, "the size of the tree");
        };
        // Begun before the write, so that it is under way when the commit comes.
        const early = look();
        const writing = retried(writer, commit);
        await during(writing, async (isDone) => {
          const looking = async (): Promise<void> => {
            do {
              await look();
              await turn();
            } while (!isDone());
          };
          await Promise.all([early, looking()]);
        });
        const result = await writing;
        t.equal(result.status, "committed", "the answer");
      }
    },
  },
  {
    id: "C-231",
    level: "MUST",
    area: "races",
    title:
      "Of two, and of eight, commits at once on one instance that need one head, or one place of a ref, exactly one is committed.",
    why: "A service has one instance for all its requests; a lock between instances alone does not part them.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      let head = t.make.version();
      const places = Array.from({ length: 9 }, () => t.make.version().ecsId);
      const name = "release";
      let place = t.make.version().ecsId;
      await committed(t, storage, {
        versions: [
          head,
          ...places.map((ecsId) => t.make.version({ ecsId })),
          t.make.version({ ecsId: place }),
        ],
        refMoves: [{ name, to: place }],
      });
      for (let round = 0; round < rounds(t) / 2; round++) {
        const count = round % 2 === 0 ? 2 : 8;
        const children = Array.from({ length: count }, () => t.make.version({ parent: head }));
        const forks = await Promise.all(
          children.map((child) =>
            retried(storage, t.make.commit({ versions: [child], mustBeHeads: [head] })),
          ),
        );
        const winners = children.filter((_, i) => forks[i]?.status === "committed");
        t.equal(winners.length, 1, `the number of ${count} that fork one head in round ${round}`);
        head = t.present(winners[0], "the winner");
        await checkHeads(t, storage, head.lineageId, [head], `the heads after round ${round}`);

        const expected = place;
        const next = places.filter((id) => id !== expected).slice(0, count);
        const moves = await Promise.all(
          next.map((to) => retried(storage, t.make.commit({ refMoves: [{ name, to, expected }] }))),
        );
        const moved = next.filter((_, i) => moves[i]?.status === "committed");
        t.equal(moved.length, 1, `the number of ${count} that move one ref in round ${round}`);
        place = t.present(moved[0], "where it was moved to");
        const { items } = await storage.refs({ names: [name] }, { limit: 2 });
        t.equal(
          items.map(({ to }) => to),
          [place],
          `where the ref points after round ${round}`,
        );
      }
    },
  },
  {
    id: "C-234",
    level: "MUST",
    area: "races",
    title: "Two hundred reads of every kind and ten commits, at once on one instance, all answer.",
    why: "A service has many requests and few connections; reads that wait for each other's connection wait for ever.",
    async run(t) {
      const storage = await t.open();
      const leaves = Array.from({ length: 10 }, () => t.make.version());
      const root = t.make.version({ lists: [leaves] });
      const name = "main";
      const refMoves = [{ name, to: root.ecsId }];
      await committed(t, storage, { versions: [...leaves, root], refMoves });
      const page = { limit: 1000 };
      const kinds = [
        async () => (await storage.read([root.ecsId])).filter(Boolean).length,
        async () => (await storage.readTree([root.ecsId])).length - 10,
        async () => (await storage.heads([root.lineageId])).flat().length,
        async () => (await storage.versions({ lineageId: root.lineageId }, page)).items.length,
        async () => (await storage.refs({ names: [name] }, page)).items.length,
        async () => Math.min(1, (await storage.commits({}, page)).items.length),
        async () => Math.min(1, (await storage.stats()).commits),
      ];
      const commits = Array.from({ length: 10 }, () =>
        t.make.commit({ versions: [t.make.version()] }),
      );
      const reading = Array.from({ length: 200 }, (_, i) =>
        t.present(kinds[i % kinds.length], "a kind of read")(),
      );
      const writing = commits.map((commit) => retried(storage, commit));
      const [read, written] = await Promise.all([Promise.all(reading), Promise.all(writing)]);
      t.equal(
        read.filter((count) => count !== 1).length,
        0,
        "the number of reads that answered something else than they should",
      );
      t.equal(
        written.filter(({ status }) => status === "committed").length,
        10,
        "the number of commits that were committed",
      );
      t.equal((await storage.stats()).commits, 11, "the number of commits at last");
    },
  },
];

function rounds(t: ClauseContext): number {
  return t.budget === "soak" ? 250 : 25;
}

/** Sends one commit through each instance at once; the instance that is called first changes from round to round. */
async function race(
  instances: readonly EntityStorage[],
  commits: readonly Commit[],
  round: number,
): Promise<readonly CommitResult[]> {
  const runs = instances.flatMap((instance, i) => {
    const commit = commits[i];
    return commit === undefined ? [] : [() => retried(instance, commit)];
  });
  if (round % 2 === 0) return Promise.all(runs.map((run) => run()));
  const results = await Promise.all(runs.toReversed().map((run) => run()));
  return results.toReversed();
}
