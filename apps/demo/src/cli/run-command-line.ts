import { MiError } from "@mi/ecs";
import { readArguments } from "./command-line.ts";
import { exitCodes, type Command, type CommandContext, type ExitCode } from "./command.ts";
import { commandHelp, overview } from "./help.ts";
import { UnexpectedEntity } from "../storage/damage.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Does what a command line says.
 *
 * @param args what stands behind the program's name
 * @returns the exit code; what went wrong is on the terminal then
 */
export async function runCommandLine(
  commands: readonly Command[],
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const [name, ...rest] = args;
  try {
    if (name === undefined) throw new UsageError(overview(commands));
    if (["--help", "-h", "help"].includes(name)) {
      terminal.print(overview(commands));
      return exitCodes.ok;
    }
    const command = commands.find((candidate) => candidate.name === name);
    if (command === undefined)
      throw new UsageError(`There is no command ${JSON.stringify(name)}\n\n${overview(commands)}`);
    const read = readArguments(command, rest);
    if (read !== "help") return await command.run(read, context);
    terminal.print(commandHelp(command));
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(error.message);
      return exitCodes.usage;
    }
    if (error instanceof UnexpectedEntity) {
      terminal.note(`What is stored is damaged: ${error.message}; demo verify says where`);
      return exitCodes.failed;
    }
    if (!MiError.is(error)) throw error;
    terminal.note(`${error.message} (${error.code})`);
    return exitCodes.failed;
  }
}
