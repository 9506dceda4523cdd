import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Child {
  readonly process: ChildProcess;
  /** What it prints, line by line, until it ends. */
  readonly lines: AsyncIterable<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Runs a script of this folder in a process of its own. What it prints as an error fails it. */
export function runChild(script: string, args: readonly string[]): Child {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      "--conditions=@mi/source",
      "--no-warnings",
      "--import",
      file("../../../../scripts/typescript-loader.mjs"),
      file(script),
      ...args,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "exit").then(([code, signal]) => code ?? signal);
  return { process: child, lines: createInterface({ input: child.stdout }), ended };
}

/** All that a script prints. */
export async function outputOf(script: string, args: readonly string[]): Promise<string> {
  const { lines, ended } = runChild(script, args);
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  const end = await ended;
  if (end !== 0) throw new Error(`${script} ended with ${end}: ${all.join("\n")}`);
  return all.join("\n");
}
