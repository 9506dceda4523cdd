import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { runConformance, type ConformanceTarget } from "@mi/conformance";
import type { Commit, CommitResult, Page, PageOf, VersionInfo, VersionQuery } from "@mi/ecs";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";

/** Commits that have begun and not ended. */
let underWay = 0;

/** Writes a log to a disk, say, and answers reads from memory. */
class LoggedStorage extends MemoryStorage {
  override async commit(commit: Commit): Promise<CommitResult> {
    underWay++;
    await setTimeout(1);
    underWay--;
    return super.commit(commit);
  }
}

/** What it answered as the beginning of a page is not its beginning later. */
class TurnedPages extends LoggedStorage {
  override async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    const { items, ...rest } = await super.versions(query, page);
    return { ...rest, items: items.toReversed() };
  }
}

function targetOf(Storage: typeof LoggedStorage): ConformanceTarget {
  return {
    name: Storage.name,
    async create() {
      const medium = new MemoryMedium();
      return {
        facts: { durable: false, multiProcess: false, maxPayloadBytes: 2 ** 28 },
        open: async () => new Storage({ medium }),
        destroy: async () => undefined,
      };
    },
  };
}

test("clauses that read while others write let a writer end that waits for a timer", async () => {
  const { totals } = await runConformance(targetOf(LoggedStorage), { only: ["races", "C-169"] });
  expect(totals.must.fail).toBe(0);
  expect(totals.must.pass).toBeGreaterThan(1);
});

test("a clause that fails while others write ends after them: none of them meets a closed instance", async () => {
  underWay = 0;
  const { results } = await runConformance(targetOf(TurnedPages), { only: ["C-169"] });
  expect(results.find(({ id }) => id === "C-169")).toMatchObject({
    status: "fail",
    error: { code: "MI_CONFORMANCE_FAILED" },
  });
  expect(underWay).toBe(0);
});
