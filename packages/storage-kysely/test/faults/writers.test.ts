import { Fixtures } from "@mi/conformance";
import type { Commit, LineageId } from "@mi/ecs";
import { EntityRegistry, MiError } from "@mi/ecs";
import { emptySchema } from "@mi/postgres-server/jest";
import { describe, expect, test } from "@jest/globals";
import { runChild } from "../child/run-child.ts";
import { scratchPath } from "../scratch-folder.ts";
import { checkLedger } from "./check-ledger.ts";
import type { WriterOrder } from "./kill-trial.ts";
import { Ledger } from "./ledger.ts";
import { openAt } from "./place.ts";
import type { CheckedStorage, Engine, Place } from "./place.ts";
import { policyRace } from "./policy-race.ts";
import { Entry, SharedThread } from "./shared-thread.ts";

async function freshPlace(engine: Engine): Promise<Place> {
  return { engine, at: engine === "sqlite" ? scratchPath() : (await emptySchema()).url };
}

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  test("eight processes that write one entity keep what their policy promises", async () => {
    const { conflicts, findings } = await policyRace(await freshPlace(engine), 8, 4);
    expect(findings).toEqual([]);
    expect(conflicts.fail).toBeGreaterThan(0);
    expect(conflicts.merge).toBeGreaterThan(0);
  });

  test("a writer that was stopped and goes on never overwrites what others wrote meanwhile", async () => {
    const place = await freshPlace(engine);
    const storage = await openAt(place);
    const ledger = new Ledger();
    const lineage = await begin(storage, ledger);
    const order: WriterOrder = { place, seed: 900, lineage, commits: 60, messages: 3 };
    const { process: child, lines, ended } = runChild("fault-writer.ts", [JSON.stringify(order)]);
    let begun = 0;
    for await (const line of lines) {
      ledger.note(line);
      if (!line.startsWith("begin") || ++begun % 10 !== 0) continue;
      child.kill("SIGSTOP");
      // It may have been stopped while it held the lock that writers of SQLite need.
      const commits = await Promise.all(
        [1, 2].map((i) => append(storage, lineage, ledger, begun * 10 + i)),
      );
      child.kill("SIGCONT");
      for (const commit of commits) ledger.settle(...(await sent(storage, commit)));
    }
    expect(await ended).toBe(0);
    expect(begun).toBe(60);
    expect(await checkLedger(storage, ledger)).toEqual([]);
    expect(ledger.refused.size).toBeGreaterThan(0);
    await storage.close();
  });

  test("a clock that stands still, or goes back, changes no order", async () => {
    const place = await freshPlace(engine);
    const storage = await openAt(place);
    let now = Date.UTC(2026, 0, 1);
    const registry = new EntityRegistry({
      storage,
      types: [SharedThread],
      clock: { now: () => now },
    });
    const thread = await registry.register(new SharedThread({}));
    const ids = [thread.ecsId];
    for (const step of [0, 0, -1, -3_600_000, 0, 31_536_000_000, -63_072_000_000, 0]) {
      now += step;
      thread.entries.push(new Entry({ text: String(now) }));
      await thread.fork();
      ids.push(thread.ecsId);
    }
    await storage.close();
    const again = await openAt(place);
    const { items } = await again.versions({ lineageId: thread.lineageId }, { limit: 100 });
    expect(items.map(({ ecsId }) => ecsId)).toEqual(ids);
    expect(await again.heads([thread.lineageId])).toEqual([[thread.ecsId]]);
    const commits = await again.commits({}, { limit: 100 });
    expect(commits.items.map(({ sequence }) => sequence)).toEqual(ids.map((_, i) => i + 1));
    expect(await again.verify()).toEqual([]);
    await again.close();
  });
});

async function begin(storage: CheckedStorage, ledger: Ledger): Promise<LineageId> {
  const make = new Fixtures(1);
  const thread = make.version({ type: "Thread", lists: [[]] });
  const commit = make.commit({ versions: [thread] });
  ledger.begin(commit);
  ledger.settle(...(await sent(storage, commit)));
  return thread.lineageId;
}

/** A commit that goes on from the present head. */
async function append(
  storage: CheckedStorage,
  lineageId: LineageId,
  ledger: Ledger,
  seed: number,
): Promise<Commit> {
  const make = new Fixtures(seed);
  const [[head] = []] = await storage.heads([lineageId]);
  const [stored] = await storage.read(head === undefined ? [] : [head]);
  if (stored === undefined) throw new Error("the entity has no head");
  const base = stored.record;
  const commit = make.commit({ versions: [make.edited(base, [[]])], mustBeHeads: [base] });
  ledger.begin(commit);
  return commit;
}

async function sent(
  storage: CheckedStorage,
  commit: Commit,
): Promise<Parameters<Ledger["settle"]>> {
  for (;;) {
    try {
      return [commit.header.id, (await storage.commit(commit)).status];
    } catch (error) {
      if (!MiError.is(error) || error.code !== "MI_STORAGE_BUSY") throw error;
    }
  }
}
