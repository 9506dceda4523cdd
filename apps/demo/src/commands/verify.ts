import { exitCodes, type Command, type ExitCode } from "../cli/command.ts";
import { positiveInteger } from "../cli/command-line.ts";
import { count, counted } from "../cli/table.ts";
import type { Terminal } from "../cli/terminal.ts";
import { readConversations, type Input } from "../input/read-conversations.ts";
import { defaultStorage, type OpenedStorage } from "../storage/open-storage.ts";
import { surveyThreads } from "../storage/survey.ts";
import { findTranscripts } from "../verify/transcripts.ts";
import { verifyThread, type ThreadReport } from "../verify/verify-thread.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const verify: Command = {
  name: "verify",
  summary: "Checks from disk alone that every stored thread equals its transcript.",
  positionals: [],
  options: {
    ...storageOption,
    input: { value: "FILE", says: "The transcripts (default: the files that were run)" },
    limit: { value: "N", says: "With --input: only its first N conversations have to be there" },
  },
  notes: [
    "Each thread must equal its transcript message for message, and the version after each turn must",
    "hold exactly the messages up to there (of threads over 40 turns, 40 evenly spread ones). The",
    "requests of those turns are made again from the stored versions and compared with the hash of",
    "what was sent. Exit code 1 if anything differs.",
  ],
  async run(args, { terminal }) {
    const limit = positiveInteger(args, "limit", undefined);
    const file = args.options["input"];
    const input = file === undefined ? undefined : await readConversations(file);
    return withKeptStorage(args, (storage) => {
      terminal.print(`Verifying ${args.options["storage"] ?? defaultStorage}`);
      return verifyStorage(storage, terminal, input, limit);
    });
  },
};

/** @param input whose first `limit` conversations have to be stored; `undefined`: whatever is stored is checked */
export async function verifyStorage(
  storage: OpenedStorage,
  terminal: Terminal,
  input: Input | undefined,
  limit: number | undefined,
): Promise<ExitCode> {
  const { registry } = storage;
  const failures: string[] = [];
  const inStorage = await storage.findProblems();
  failures.push(...inStorage.map((problem) => `storage: ${problem}`));
  const { versions, commits } = await registry.status();
  terminal.print(
    `  storage   ${counted(versions, "version")} in ${counted(commits, "commit")}, ${inStorage.length === 0 ? "nothing contradicts itself" : `${counted(inStorage.length, "contradiction")}`}`,
  );

  const threads = await surveyThreads(registry);
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
      ({ superseded, report }) => !superseded && report.against === against,
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
