import { MiError } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { answers, checkStored, committed } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

/** No commit of a sweep has as many writes: a hook that fails for ever is a broken hook. */
const mostWrites = 500;

export const faultClauses: readonly Clause[] = [
  {
    id: "C-300",
    level: "MUST",
    area: "faults",
    title:
      "A commit whose answer is lost is a retryable error, and the same commit again is answered already-committed.",
    why: "The connection breaks between the write and its answer, sooner or later.",
    rules: ["C1"],
    needs: ["loseNextReply"],
    async run(t) {
      const storage = await t.open();
      const version = t.make.version();
      const commit = t.make.commit({
        versions: [version],
        refMoves: [{ name: "main", to: version.ecsId, expected: null }],
      });
      await t.medium.faults?.loseNextReply?.(storage);
      const error = await storage.commit(commit).then(
        () => undefined,
        (failure: unknown) => (MiError.is(failure) ? failure : undefined),
      );
      const lost = t.present(error, "a typed error in place of the lost answer");
      t.equal("retryable" in lost && lost.retryable, true, "whether the error is retryable");
      const again = await t.open();
      const sequence = await answers(t, again, commit, "already-committed");
      await checkStored(t, again, [version], commit, sequence);
    },
  },
  {
    id: "C-301",
    level: "MUST",
    area: "faults",
    title:
      "A commit that fails at any of its writes leaves nothing behind, and the same commit again succeeds.",
    why: "Half a commit is a history that nobody wrote.",
    rules: ["C1", "F2"],
    needs: ["failNextCommit"],
    async run(t) {
      const observer = await t.open();
      let failures = 0;
      for (let write = 0; write <= mostWrites; write++) {
        t.note(`failing at write ${write}`);
        const leaf = t.make.version();
        const root = t.make.version({ refs: [leaf], lists: [[leaf, leaf]] });
        const versions = [leaf, root, t.make.version({ parent: leaf })];
        const refMoves = [{ name: "main", to: root.ecsId }];
        const commit = t.make.commit({ versions, refMoves });
        const before = await visibleState(observer);
        const broken = await t.open();
        await t.medium.faults?.failNextCommit?.(broken, write);
        const failed = await broken.commit(commit).then(
          () => false,
          () => true,
        );
        await broken.close();
        if (!failed) break;
        failures++;
        t.equal(await visibleState(observer), before, "what is stored after a failed commit");
        const sequence = await answers(t, observer, commit, "committed");
        await checkStored(t, observer, versions, commit, sequence);
      }
      t.ok(failures > 0 && failures < mostWrites, `the sweep failed ${failures} commits`);
    },
  },
  {
    id: "C-302",
    level: "MUST",
    area: "faults",
    title: "What was committed before a crash is there after it, and the next commit succeeds.",
    why: "Committed means that it stays.",
    rules: ["C1"],
    needs: ["durable", "crash"],
    async run(t) {
      const doomed = await t.open();
      let parent = t.make.version();
      await committed(t, doomed, { versions: [parent] });
      for (let i = 0; i < 10; i++) {
        const next = t.make.version({ parent });
        await committed(t, doomed, { versions: [next], mustBeHeads: [parent] });
        parent = next;
      }
      const before = await visibleState(doomed);
      await t.crash(doomed);
      const storage = await t.open();
      t.equal(await visibleState(storage), before, "the medium after the crash");
      await committed(t, storage, {
        versions: [t.make.version({ parent })],
        mustBeHeads: [parent],
      });
    },
  },
];
