import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { runConformance, type ConformanceTarget } from "@mi/conformance";
import type { Commit, CommitResult } from "@mi/ecs";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";

/** Writes a log to a disk, say, and answers reads from memory. */
class LoggedStorage extends MemoryStorage {
  override async commit(commit: Commit): Promise<CommitResult> {
    await setTimeout(1);
    return super.commit(commit);
  }
}

const target: ConformanceTarget = {
  name: "logged memory",
  async create() {
    const medium = new MemoryMedium();
    return {
      facts: { durable: false, multiProcess: false, maxPayloadBytes: 2 ** 28 },
      open: async () => new LoggedStorage({ medium }),
      destroy: async () => undefined,
    };
  },
};

test("clauses that read while others write let a writer end that waits for a timer", async () => {
  const { totals } = await runConformance(target, { only: ["races", "C-169"] });
  expect(totals.must.fail).toBe(0);
  expect(totals.must.pass).toBeGreaterThan(1);
});
