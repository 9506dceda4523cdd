import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MiError } from "@mi/ecs";
import { exitCodes, type Command, type CommandContext } from "./cli/command.ts";
import { readArguments } from "./cli/command-line.ts";
import { commandHelp, overview } from "./cli/help.ts";
import { processTerminal } from "./cli/terminal.ts";
import { UsageError } from "./cli/usage-error.ts";
import { diff } from "./commands/diff.ts";
import { history } from "./commands/history.ts";
import { mermaid } from "./commands/mermaid.ts";
import { run } from "./commands/run.ts";
import { show } from "./commands/show.ts";
import { threads } from "./commands/threads.ts";
import { verify } from "./commands/verify.ts";

const commands: readonly Command[] = [run, threads, history, show, diff, mermaid, verify];
const terminal = processTerminal();

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  // Once: the second one ends the process as it would end any other.
  process.once(name, () => {
    terminal.note("Stopping: waiting for the answers under way. Once more to quit at once.");
    stop.abort();
  });

const context: CommandContext = {
  terminal,
  environment: process.env,
  signal: stop.signal,
  runAgain,
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      terminal.print(overview(commands));
      return name === undefined ? exitCodes.usage : exitCodes.ok;
    }
    const command = commands.find((candidate) => candidate.name === name);
    if (command === undefined)
      throw new UsageError(`There is no command ${JSON.stringify(name)}\n\n${overview(commands)}`);
    const read = readArguments(command, args);
    if (read !== "help") return await command.run(read, context);
    terminal.print(commandHelp(command));
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(error.message);
      return exitCodes.usage;
    }
    if (!MiError.is(error)) throw error;
    terminal.note(`${error.message} (${error.code})`);
    return exitCodes.failed;
  }
}

/** With the same Node and its options, so that it is this program whether it runs from source or was built. */
function runAgain(args: readonly string[]): Promise<number> {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), ...args];
  const child = spawn(process.execPath, program, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? exitCodes.failed));
  });
}
