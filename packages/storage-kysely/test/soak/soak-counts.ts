import type { Conflicts } from "../faults/shared-thread.ts";

/** What was broken on purpose, or may break, and whether that was noticed. */
export interface Control {
  readonly name: string;
  readonly result: string;
  readonly isCaught: boolean;
}

/** What a soak of one engine did and found. */
export class SoakCounts {
  trials = 0;
  kills = 0;
  /** Kills between the begin of a commit and its acknowledgement. */
  struck = 0;
  acknowledged = 0;
  /** Commits in doubt that had been written, and that had not. */
  inDoubtWritten = 0;
  inDoubtUnwritten = 0;
  restarts = 0;
  sessionsEnded = 0;
  /** Logs of SQLite that were cut or garbled. */
  tornLogs = 0;
  /** Acknowledged, and not there. */
  lostAcknowledgements = 0;
  inconsistencies = 0;
  readonly controls: Control[] = [];
  readonly conflicts = { shared: 0, branch: 0, fail: 0, merge: 0 };

  addConflicts(of: Conflicts): void {
    this.conflicts.branch += of.branch;
    this.conflicts.fail += of.fail;
    this.conflicts.merge += of.merge;
  }

  /** Whether all promises were kept, and enough of the kills struck to say so. */
  get isGood(): boolean {
    const isStruck = this.struck * 2 >= this.kills;
    const isCaught = this.controls.every((control) => control.isCaught);
    return this.lostAcknowledgements === 0 && this.inconsistencies === 0 && isStruck && isCaught;
  }

  toString(): string {
    const { shared, branch, fail, merge } = this.conflicts;
    const share = this.kills === 0 ? 0 : Math.round((100 * this.struck) / this.kills);
    return [
      ["trials", this.trials],
      ["kills of writers", this.kills],
      ["  that struck between begin and acknowledgement", `${this.struck} (${share} %)`],
      ["  … the commit was written", this.inDoubtWritten],
      ["  … the commit was not written", this.inDoubtUnwritten],
      ["server stopped and started again", this.restarts],
      ["sessions ended by the server", this.sessionsEnded],
      ["logs cut or garbled", this.tornLogs],
      ["acknowledged commits", this.acknowledged],
      ["lost acknowledgements", this.lostAcknowledgements],
      ["inconsistencies", this.inconsistencies],
      ["conflicts of killed writers", shared],
      ["conflicts under branch / fail / merge", `${branch} / ${fail} / ${merge}`],
      ...this.controls.map(({ name, result, isCaught }) => [
        name,
        isCaught ? result : `${result}: NOT ENOUGH`,
      ]),
    ]
      .map(([name, value]) => `  ${String(name).padEnd(52)}${String(value)}`)
      .join("\n");
  }
}
