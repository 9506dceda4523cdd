import { exitCodes, type ExitCode } from "../cli/command.ts";
import { count, counted } from "../cli/table.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Input } from "../input/read-conversations.ts";
import { damageText } from "../storage/damage.ts";
import type { OpenedStorage } from "../storage/open-storage.ts";
import { surveyThreads } from "../storage/survey.ts";
import { findTranscripts } from "./transcripts.ts";
import { verifyThread, type ThreadReport } from "./verify-thread.ts";

/**
 * Checks all that is stored, and prints what was checked and what is wrong.
 *
 * @param input whose first `limit` conversations have to be stored; `undefined`: whatever is stored is checked
 */
export async function verifyStorage(
  storage: OpenedStorage,
  terminal: Terminal,
  input: Input | undefined,
  limit: number | undefined,
): Promise<ExitCode> {
  const { registry } = storage;
  const failures: string[] = [];
  const inStorage = await storage.findProblems().catch((error: unknown) => [damageText(error)]);
  failures.push(...inStorage.map((problem) => `storage: ${problem}`));
  const { versions, commits } = await registry.status();
  terminal.print(
    `  storage   ${counted(versions, "version")} in ${counted(commits, "commit")}, ${inStorage.length === 0 ? "nothing contradicts itself" : `${counted(inStorage.length, "contradiction")}`}`,
  );

  const { threads, damaged } = await surveyThreads(registry);
  failures.push(...damaged.map(({ ecsId, problem }) => `conversation record ${ecsId}: ${problem}`));
  const transcripts = await findTranscripts(threads, input);
  for (const note of transcripts.notes) terminal.print(`  note      ${note}`);
  const checked: { readonly superseded: boolean; readonly report: ThreadReport }[] = [];
  for (const thread of threads) {
    const report = await verifyThread(registry, thread, transcripts.byThread.get(thread.thread));
    const superseded = thread.status === "superseded";
    checked.push({ superseded, report });
    const name = `${thread.record.name}${superseded ? " (superseded)" : ""}`;
    failures.push(...report.problems.map((problem) => `${name}, ${problem}`));
  }
  const stored = new Set(threads.map(({ record }) => record.name));
  for (const { name } of input?.conversations.slice(0, limit) ?? [])
    if (!stored.has(name)) failures.push(`${name}: is not stored`);

  for (const line of summary(checked)) terminal.print(line);
  if (threads.length === 0 && failures.length === 0) failures.push("no thread is stored");
  for (const failure of failures) terminal.print(`  FAILED    ${failure}`);
  terminal.print(
    failures.length === 0
      ? "Verified: nothing differs."
      : `Not verified: ${counted(failures.length, "difference")}.`,
  );
  return failures.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function summary(
  checked: readonly { readonly superseded: boolean; readonly report: ThreadReport }[],
): readonly string[] {
  const lines: string[] = [];
  const says = {
    transcript: "each compared with its transcript, message for message",
    hash: "each compared with the recorded hash of its transcript only",
    consistency: "checked for consistency only: a real service answered",
  };
  for (const against of ["transcript", "hash", "consistency"] as const) {
    const reports = checked.filter(
      ({ superseded, report }) => !superseded && report.against === against && report.messages > 0,
    );
    if (reports.length === 0) continue;
    const messages = total(reports, ({ messages: found }) => found);
    lines.push(
      `  threads   ${count(reports.length)} with ${counted(messages, "message")}, ${says[against]}`,
    );
  }
  const superseded = checked.filter((one) => one.superseded).length;
  if (superseded > 0)
    lines.push(
      `  threads   ${count(superseded)} superseded, each compared with the beginning of its transcript`,
    );
  const turns = total(checked, (report) => report.turns);
  const loaded = total(checked, (report) => report.turnsLoaded);
  const requests = total(checked, (report) => report.requestsRebuilt);
  lines.push(
    `  turns     ${count(turns)}, the version after each compared${loaded === turns ? "" : ` (${count(loaded)} whole, the others by length)`}`,
    `  requests  ${count(requests)} made again from stored versions, with the hash of what was sent`,
  );
  return lines;
}

function total(
  checked: readonly { readonly report: ThreadReport }[],
  of: (report: ThreadReport) => number,
): number {
  return checked.reduce((sum, { report }) => sum + of(report), 0);
}
