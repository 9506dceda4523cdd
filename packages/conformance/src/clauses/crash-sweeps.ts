import { MiError } from "@mi/ecs";
import type { Commit, EntityRecord, EntityStorage } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import type { StorageEvent, StorageEventOutcome } from "../target.ts";
import { answers, checkHeads, membersOf } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";
import type { VisibleState } from "./visible-state.ts";

/** No run of three commits has as many events: a hook that goes on telling them is a broken hook. */
const mostEvents = 500;

export const crashSweepClauses: readonly Clause[] = [
  {
    id: "C-303",
    level: "MUST",
    area: "faults",
    title:
      "A process that dies after any failed write leaves what was there before that commit, and the next one commits it again.",
    why: "A lock or half a transaction that outlives its process stops everyone else.",
    rules: ["C1", "F2"],
    needs: ["durable", "failNextCommit", "crash"],
    async run(t) {
      let failures = 0;
      for (let write = 0; write <= mostEvents; write++) {
        t.note(`failing at write ${write}`);
        const [first, second, third] = threeCommits(t);
        const doomed = await t.open();
        await answers(t, doomed, first, "committed");
        await answers(t, doomed, second, "committed");
        const before = await visibleState(doomed);
        await t.medium.faults?.failNextCommit?.(doomed, write);
        const failed = await doomed.commit(third).then(
          () => false,
          () => true,
        );
        await t.crash(doomed);
        const next = await t.open();
        if (!failed) {
          await answers(t, next, third, "already-committed");
          break;
        }
        failures++;
        t.equal(await visibleState(next), before, "what is stored after the crash");
        await answers(t, next, third, "committed");
        await next.close();
      }
      t.ok(failures > 0 && failures < mostEvents, `the sweep failed ${failures} commits`);
    },
  },
  {
    id: "C-304",
    level: "MUST",
    area: "faults",
    title:
      "A process that dies with its answer under way has committed: whoever comes next is told already-committed.",
    why: "Eight of twenty writers that were killed had a commit that they never learnt of.",
    rules: ["C1"],
    needs: ["durable", "loseNextReply", "crash"],
    async run(t) {
      for (const commit of threeCommits(t)) {
        const doomed = await t.open();
        await t.medium.faults?.loseNextReply?.(doomed);
        await typedFailure(t, doomed, commit);
        await t.crash(doomed);
        const next = await t.open();
        await answers(t, next, commit, "already-committed");
      }
    },
  },
  {
    id: "C-305",
    level: "MUST",
    area: "faults",
    title:
      "A run of commits of which every answer is lost once, and each is repeated, has every effect exactly once.",
    why: "Retries are the normal path on a bad network.",
    rules: ["C1"],
    needs: ["loseNextReply"],
    async run(t) {
      const storage = await t.open();
      let thread: EntityRecord = t.make.version({ lists: [[]] });
      const members = [];
      await answers(t, storage, t.make.commit({ versions: [thread] }), "committed");
      for (let at = 0; at < 12; at++) {
        const message = t.make.version({ type: "Message" });
        const edits = [[{ at, remove: 0, insert: [message.ecsId] }]];
        const next = t.make.edited(thread, edits);
        const commit = t.make.commit({
          versions: [message, next],
          mustBeHeads: [thread],
          refMoves: [
            { name: "main", to: next.record.ecsId, expected: at === 0 ? null : thread.ecsId },
          ],
        });
        await t.medium.faults?.loseNextReply?.(storage);
        await typedFailure(t, storage, commit);
        await answers(t, storage, commit, "already-committed");
        thread = next.record;
        members.push(message.ecsId);
      }
      await checkHeads(t, storage, thread.lineageId, [thread], "the heads");
      t.equal(await membersOf(t, storage, thread), members, "the list");
      t.equal((await storage.stats()).commits, 13, "the number of commits");
    },
  },
  {
    id: "C-306",
    level: "MUST",
    area: "faults",
    title:
      "A process that stops for ever at any event of three commits leaves the first commits whole and nothing of the others, and all three are committed by the next.",
    why: "Power fails between any two writes.",
    rules: ["C1", "F2"],
    needs: ["durable", "onEvent", "crash"],
    run: (t) => sweepEvents(t, "stop"),
  },
  {
    id: "C-307",
    level: "MUST",
    area: "faults",
    title:
      "A failure at any event of three commits leaves the first commits whole and nothing of the others, and all three are committed by the next.",
    why: "Disks fill up and networks break between any two writes.",
    rules: ["C1", "F2"],
    needs: ["onEvent"],
    run: (t) => sweepEvents(t, "fail"),
  },
];

/** New versions; a fork with a growing list; a merge. With ref moves, and each on top of the one before. */
function threeCommits(t: ClauseContext): readonly [Commit, Commit, Commit] {
  const name = `run-${t.make.commitId()}`;
  const leaf = t.make.version();
  const root = t.make.version({ refs: [leaf], lists: [[leaf, leaf], []] });
  const grown = t.make.edited(root, [[{ at: 2, remove: 0, insert: [leaf.ecsId] }], []]);
  const branch = t.make.version({ parent: root });
  const merged = t.make.version({ parent: grown.record, mergedFrom: branch });
  return [
    t.make.commit({
      versions: [root, leaf],
      refMoves: [{ name, to: root.ecsId, expected: null }],
    }),
    t.make.commit({
      versions: [grown, branch],
      mustBeHeads: [root],
      refMoves: [{ name, to: grown.record.ecsId, expected: root.ecsId }],
    }),
    t.make.commit({
      versions: [merged],
      mustBeHeads: [grown.record, branch],
      refMoves: [{ name, to: null, expected: grown.record.ecsId }],
    }),
  ];
}

async function typedFailure(
  t: ClauseContext,
  storage: EntityStorage,
  commit: Commit,
): Promise<void> {
  const error = await storage.commit(commit).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  t.ok(MiError.is(error), "a commit whose answer is lost rejects with a typed error");
}

/**
 * Breaks the n-th event of a run of three commits, for each n, on a fresh medium. The run without a broken event is
 * the null control, and shows the states that may be found after a break: the one before any commit, and the one
 * after each.
 */
async function sweepEvents(t: ClauseContext, outcome: StorageEventOutcome): Promise<void> {
  const commits = threeCommits(t);
  const control = await runUntil(t, commits, mostEvents, outcome);
  t.equal(control.isBroken, false, "whether the run without a broken event was broken");
  t.ok(control.events >= commits.length, `${control.events} events were told for three commits`);
  const found = new Set<number>();
  for (let n = 0; n < control.events; n++) {
    t.note(`${outcome} at event ${n} of ${control.events}`);
    const broken = await runUntil(t, commits, n, outcome);
    t.equal(broken.isBroken, true, "whether the run was broken");
    const state = JSON.stringify(broken.state.infos);
    const generation = control.states.findIndex(({ infos }) => JSON.stringify(infos) === state);
    t.equal(broken.state, control.states[generation] ?? control.states[0], "what is found then");
    found.add(generation);
    t.ok(generation >= broken.answered, "what was answered committed is there");
    for (const [i, commit] of commits.entries()) {
      const status = i < generation ? "already-committed" : "committed";
      await answers(t, broken.next, commit, status);
    }
    t.equal(await visibleState(broken.next), control.states.at(-1), "what is there in the end");
    await broken.next.close();
  }
  t.ok(found.size >= 2, `${found.size} different states were found; a sweep finds two or more`);
}

interface BrokenRun {
  /** How many events were told. */
  readonly events: number;
  readonly isBroken: boolean;
  /** How many commits were answered. */
  readonly answered: number;
  /** After each commit that was answered, the empty medium first. */
  readonly states: readonly VisibleState[];
  /** What the next instance sees. */
  readonly state: VisibleState;
  readonly next: EntityStorage;
}

async function runUntil(
  t: ClauseContext,
  commits: readonly Commit[],
  breakAt: number,
  outcome: StorageEventOutcome,
): Promise<BrokenRun> {
  const medium = await t.createMedium();
  const doomed = await t.open(medium);
  const observer = await t.open(medium);
  const states = [await visibleState(observer)];
  let events = 0;
  let stop = (): void => undefined;
  const stopped = new Promise<"stopped">((resolve) => {
    stop = () => resolve("stopped");
  });
  await medium.faults?.onEvent?.(doomed, (_event: StorageEvent) => {
    if (events++ !== breakAt) return "go on";
    stop();
    return outcome;
  });
  let isBroken = false;
  for (const commit of commits) {
    const answer = await Promise.race([
      doomed.commit(commit).then(
        ({ status }) => status,
        () => "failed" as const,
      ),
      outcome === "stop" ? stopped : new Promise<never>(() => undefined),
    ]);
    isBroken = answer !== "committed";
    if (isBroken) break;
    states.push(await visibleState(observer));
  }
  if (outcome === "stop") await t.crash(doomed, medium);
  else await doomed.close();
  await observer.close();
  const next = await t.open(medium);
  const state = await visibleState(next);
  return { events, isBroken, answered: states.length - 1, states, state, next };
}
