import type { Terminal } from "./terminal.ts";

/** What a command ends with: all is well; it failed or found something wrong; it could not be done as it was asked for. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CommandOption {
  /** What stands for the value in the help, e.g. FILE. */
  readonly value: string;
  readonly says: string;
}

/** What came in on the command line, by the names that the command declares. */
export interface CommandArguments {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Fires when the user wants it to stop. */
  readonly signal: AbortSignal;
  /** Runs this program again with other arguments, in a process of its own, and answers its exit code. */
  runAgain(args: readonly string[]): Promise<number>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of the arguments, all of them required. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** What the help says below the options. */
  readonly notes: readonly string[];
  run(args: CommandArguments, context: CommandContext): Promise<ExitCode>;
}
