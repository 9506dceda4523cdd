import type { Command } from "./command.ts";
import { table } from "./table.ts";

/** What a command does, and what it can be told. */
export function commandHelp(command: Command): string {
  const { name, summary, positionals, options, notes } = command;
  const rows = Object.entries(options).map(([option, { value, says }]) => [
    `  --${option} ${value}`,
    says,
  ]);
  return [
    ["Usage: demo", name, ...positionals, ...(rows.length > 0 ? ["[options]"] : [])].join(" "),
    "",
    summary,
    "",
    ...table([...rows, ["  --help", "Show this"]]),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}

/** All commands in a few lines. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, positionals, summary }) => [
    `  ${[name, ...positionals].join(" ")}`,
    summary,
  ]);
  return [
    "Usage: demo COMMAND [options]",
    "",
    "Runs conversations with their tool calls through the whole system, and looks at what was kept.",
    "",
    ...table(rows),
    "",
    "demo COMMAND --help tells more of each.",
  ].join("\n");
}
