import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { exitCodes } from "./cli/command.ts";
import { runCommandLine } from "./cli/run-command-line.ts";
import { processTerminal } from "./cli/terminal.ts";
import { allCommands } from "./commands/all-commands.ts";

const terminal = processTerminal();
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  // Once: the second one ends the process as it would end any other.
  process.once(name, () => {
    terminal.note("Stopping: waiting for the answers under way. Once more to quit at once.");
    stop.abort();
  });

process.exitCode = await runCommandLine(allCommands, process.argv.slice(2), {
  terminal,
  environment: process.env,
  signal: stop.signal,
  runAgain,
});

/** With the same Node and its options, so that it is this program whether it runs from source or was built. */
function runAgain(args: readonly string[]): Promise<number> {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), ...args];
  const child = spawn(process.execPath, program, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? exitCodes.failed));
  });
}
