import type { Commit, CommitId } from "@mi/ecs";
import { commitFromText, commitToText } from "./commit-text.ts";

/** What writers said that they did, kept outside of the database that they wrote to. */
export class Ledger {
  /** Every commit that a writer was about to send, in the order in which it was told. */
  readonly begun = new Map<CommitId, Commit>();
  readonly acknowledged = new Set<CommitId>();
  /** Answered with a conflict: must not be there. */
  readonly refused = new Set<CommitId>();

  begin(commit: Commit): void {
    this.begun.set(commit.header.id, commit);
  }

  /** Takes a line of a writer: see {@link LedgerLine}. */
  note(line: string): void {
    const [word, rest = ""] = split(line);
    if (word === "begin") this.begin(commitFromText(rest));
    else if (word === "ack") this.acknowledged.add(rest as CommitId);
    else if (word === "conflict") this.refused.add(rest as CommitId);
    else throw new Error(`a writer said: ${line}`);
  }

  /** Begun, and neither acknowledged nor refused: nobody knows whether they were written. */
  inDoubt(): readonly Commit[] {
    return [...this.begun.values()].filter(
      ({ header: { id } }) => !this.acknowledged.has(id) && !this.refused.has(id),
    );
  }

  /** The answer to a commit that was in doubt came in the end. */
  settle(id: CommitId, status: "committed" | "already-committed" | "conflict"): void {
    (status === "conflict" ? this.refused : this.acknowledged).add(id);
  }
}

/** How a writer tells a ledger, in lines on its standard output. */
export const LedgerLine = {
  begin: (commit: Commit): string => `begin ${commitToText(commit)}`,
  ack: ({ header }: Commit): string => `ack ${header.id}`,
  conflict: ({ header }: Commit): string => `conflict ${header.id}`,
};

function split(line: string): readonly [string, string?] {
  const space = line.indexOf(" ");
  return space < 0 ? [line] : [line.slice(0, space), line.slice(space + 1)];
}
