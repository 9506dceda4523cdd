import { exitCodes, type Command, type CommandContext, type ExitCode } from "../cli/command.ts";
import { positiveInteger } from "../cli/command-line.ts";
import { nearPath } from "../cli/near-path.ts";
import type { Terminal } from "../cli/terminal.ts";
import { UsageError } from "../cli/usage-error.ts";
import { bundledInput, readConversations, type Input } from "../input/read-conversations.ts";
import { answeredByOpenAI, answeredByTranscripts, type Answering } from "../run/answering.ts";
import { runAll } from "../run/run-all.ts";
import type { ConversationResult } from "../run/run-conversations.ts";
import { measure, runReport } from "../run/run-report.ts";
import { describeStanding, standingOf } from "../run/standing.ts";
import {
  defaultStorage,
  openStorage,
  parseStorage,
  type OpenedStorage,
  type StorageTarget,
} from "../storage/open-storage.ts";
import { lockForRun } from "../storage/run-lock.ts";
import { surveyThreads } from "../storage/survey.ts";
import { verifyStorage } from "../verify/verify-storage.ts";

const defaultModel = "gpt-4o-mini";

export const run: Command = {
  name: "run",
  summary: "Runs conversations, stores every step, then verifies what was stored.",
  positionals: [],
  options: {
    input: { value: "FILE", says: 'One { "messages": [...] } a line (default: those of the demo)' },
    storage: {
      value: "sqlite:PATH|memory",
      says: `Where to keep every version (default: ${defaultStorage})`,
    },
    limit: { value: "N", says: "Only the first N conversations" },
    concurrency: { value: "N", says: "So many at a time (default: 8)" },
    provider: {
      value: "NAME",
      says: "Who answers: transcript (default), or openai with OPENAI_API_KEY",
    },
    model: { value: "NAME", says: `Named in the requests (default: ${defaultModel})` },
    "base-url": { value: "URL", says: "A chat completions server that runs already" },
  },
  notes: [
    "Conversations that are stored whole already are not run again. One that broke off is run again in",
    "a new thread; the old thread stays. Ctrl-C lets the answers under way come in and stops.",
  ],
  async run(args, context) {
    const { environment } = context;
    const limit = positiveInteger(args, "limit", undefined);
    const settings = {
      limit,
      concurrency: positiveInteger(args, "concurrency", 8) ?? 8,
      model: args.options["model"] ?? defaultModel,
      storage: args.options["storage"] ?? defaultStorage,
    };
    if (settings.model === "")
      throw new UsageError(`--model is empty; expected a name, such as ${defaultModel}`);
    const target = parseStorage(settings.storage);
    const provider = args.options["provider"] ?? "transcript";
    if (provider !== "transcript" && provider !== "openai")
      throw new UsageError(
        `--provider is ${JSON.stringify(provider)}; expected transcript or openai`,
      );
    const input = await readConversations(args.options["input"] ?? bundledInput);
    const unlock = target.kind === "memory" ? () => undefined : lockForRun(target.path);
    try {
      const answering =
        provider === "openai"
          ? answeredByOpenAI(environment, args.options["base-url"])
          : await answeredByTranscripts(input.conversations, args.options["base-url"]);
      return await runAndVerify(target, answering, input, settings, context);
    } finally {
      unlock();
    }
  },
};

async function runAndVerify(
  target: StorageTarget,
  answering: Answering,
  input: Input,
  settings: RunSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const { limit } = settings;
  try {
    const storage = await openStorage(target);
    try {
      terminal.print(`Input     ${nearPath(input.path)}`);
      terminal.print(`Storage   ${settings.storage}`);
      terminal.print(`Answers   ${answering.where}`);
      const code = await runInto(storage, answering, input, settings, context);
      if (code !== exitCodes.ok) return code;
      // What is in memory can't be looked at from anywhere else.
      if (target.kind === "memory") return await verifyStorage(storage, terminal, input, limit);
    } finally {
      await storage.close();
    }
  } finally {
    await answering.close();
  }
  const verifyArgs = ["verify", "--storage", settings.storage, "--input", input.path];
  const code = await context.runAgain([
    ...verifyArgs,
    ...(limit === undefined ? [] : ["--limit", String(limit)]),
  ]);
  return code === 0 ? exitCodes.ok : exitCodes.failed;
}

interface RunSettings {
  readonly storage: string;
  readonly limit: number | undefined;
  readonly concurrency: number;
  readonly model: string;
}

async function runInto(
  storage: OpenedStorage,
  answering: Answering,
  input: Input,
  settings: RunSettings,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const { registry } = storage;
  const problems = await storage.findProblems();
  if (problems.length > 0) {
    for (const problem of problems) terminal.note(`The storage contradicts itself: ${problem}`);
    return exitCodes.failed;
  }
  const conversations = input.conversations.slice(0, settings.limit);
  const { threads, damaged } = await surveyThreads(registry);
  if (damaged.length > 0) {
    for (const { ecsId, problem } of damaged)
      terminal.note(`The record of a conversation can't be read, ${ecsId}: ${problem}`);
    return exitCodes.failed;
  }
  const standing = standingOf(conversations, threads, answering.answeredBy);
  terminal.print(
    threads.length === 0 ? "Nothing is stored yet." : "Nothing in the storage contradicts itself.",
  );
  for (const line of describeStanding(standing)) terminal.print(line);

  const before = await measure(storage, threads);
  const startedAt = performance.now();
  const results = await runAll([...standing.partial, ...standing.absent], {
    registry,
    answering,
    input,
    model: settings.model,
    concurrency: settings.concurrency,
    signal,
    terminal,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await measure(storage, (await surveyThreads(registry)).threads);
  for (const line of runReport(before, after, seconds)) terminal.print(line);
  return conclude(results, signal, terminal);
}

function conclude(
  results: readonly ConversationResult[],
  signal: AbortSignal,
  terminal: Terminal,
): ExitCode {
  const failures = new Map<string, string[]>();
  for (const { conversation, outcome } of results) {
    if (outcome.status !== "failed") continue;
    const what = `${outcome.message} (${outcome.code})`;
    const where = `${conversation.name}, turn ${outcome.turn}`;
    failures.set(what, [...(failures.get(what) ?? []), where]);
  }
  for (const [what, places] of failures) {
    terminal.note(`FAILED ${what}`);
    terminal.note(`  in ${places.join("; ")}`);
  }
  if (failures.size > 0) {
    terminal.note("What was stored stays; the next run begins again what broke off.");
    return exitCodes.failed;
  }
  if (!signal.aborted) return exitCodes.ok;
  terminal.note("Stopped. What was stored stays; the next run begins again what broke off.");
  return exitCodes.interrupted;
}
