import { runCommandLine } from "../src/cli/run-command-line.ts";
import { allCommands } from "../src/commands/all-commands.ts";
import type { DemoResult } from "./demo-process.ts";

/** Runs a command that needs no process of its own in this one. */
export async function look(args: readonly string[]): Promise<DemoResult> {
  let stdout = "";
  let stderr = "";
  const code = await runCommandLine(allCommands, args, {
    terminal: {
      interactive: false,
      print: (text) => void (stdout += `${text}\n`),
      note: (text) => void (stderr += `${text}\n`),
      showStatus: () => undefined,
    },
    environment: {},
    signal: new AbortController().signal,
    runAgain: () => Promise.reject(new Error("no command but run does that")),
  });
  return { code, stdout, stderr };
}
