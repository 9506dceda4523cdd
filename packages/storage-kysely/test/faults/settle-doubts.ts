import { storedCommits } from "./check-ledger.ts";
import type { Finding } from "./check-ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { CheckedStorage } from "./place.ts";

export interface Doubts {
  /** Commits in doubt that were written, and that were not. */
  readonly written: number;
  readonly unwritten: number;
  readonly findings: readonly Finding[];
}

/** Sends every commit in doubt again, twice: it is written once, whether or not it was written before. */
export async function settleDoubts(storage: CheckedStorage, ledger: Ledger): Promise<Doubts> {
  const before = await storedCommits(storage);
  const findings: Finding[] = [];
  let written = 0;
  const doubts = ledger.inDoubt();
  for (const commit of doubts) {
    const { id } = commit.header;
    const wasWritten = before.has(id);
    if (wasWritten) written++;
    const first = await storage.commit(commit);
    const second = await storage.commit(commit);
    ledger.settle(id, first.status);
    // Another writer may have gone on from the same head meanwhile: then it stays refused.
    const expected = wasWritten
      ? ["already-committed already-committed"]
      : ["committed already-committed", "conflict conflict"];
    const answers = `${first.status} ${second.status}`;
    if (!expected.includes(answers))
      findings.push({
        kind: "changed",
        message: `commit ${id} (written: ${wasWritten}) was sent again twice: ${answers}`,
      });
  }
  return { written, unwritten: doubts.length - written, findings };
}
