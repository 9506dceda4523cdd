import { parseArgs } from "node:util";
import type { Command, CommandArguments } from "./command.ts";
import { commandHelp } from "./help.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads what stands behind a command's name; `"help"` when help is asked for.
 *
 * @throws UsageError for an option or a number of arguments that the command doesn't have.
 */
export function readArguments(
  command: Command,
  args: readonly string[],
): CommandArguments | "help" {
  const { values, positionals } = parse(command, args);
  if (values["help"] === true) return "help";
  const { positionals: names } = command;
  if (positionals.length !== names.length) {
    const wanted = names.length === 0 ? "no argument" : names.join(" and ");
    throw new UsageError(
      `demo ${command.name} takes ${wanted}, got ${positionals.length === 0 ? "none" : positionals.join(" ")}\n\n${commandHelp(command)}`,
    );
  }
  const options: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values))
    if (typeof value === "string") options[name] = value;
  return { positionals, options };
}

function parse(command: Command, args: readonly string[]) {
  const named = Object.keys(command.options).map((name) => [name, { type: "string" }] as const);
  try {
    return parseArgs({
      args: [...args],
      options: { ...Object.fromEntries(named), help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch (error) {
    // The first sentence names the option; what Node advises further doesn't fit here.
    const [problem] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new UsageError(`${problem}\n\n${commandHelp(command)}`, { cause: error });
  }
}

/** A whole number that an option was given; its default when it wasn't. @throws UsageError when it is less than 1. */
export function positiveInteger(
  args: CommandArguments,
  name: string,
  otherwise: number | undefined,
): number | undefined {
  const text = args.options[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; expected a whole number from 1`);
}
