import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a user sees of one use of the program. */
export interface DemoResult {
  /** `null` when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningDemo {
  readonly child: ChildProcess;
  readonly ended: Promise<DemoResult>;
}

export interface DemoOptions {
  /** The folder that it runs in. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const fromSource = new URL("../../../scripts/typescript-loader.mjs", import.meta.url).href;

/** Starts the program in a process of its own, from its source, as a user would start it. */
export function startDemo(args: readonly string[], { cwd, env = {} }: DemoOptions): RunningDemo {
  const node = ["--conditions=@mi/source", "--import", fromSource];
  // Neither a key of whoever runs the tests nor jest's own options.
  const { OPENAI_API_KEY: _key, NODE_OPTIONS: _options, ...outer } = process.env;
  const child = spawn(process.execPath, [...node, main, ...args], {
    cwd,
    env: { ...outer, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<DemoResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

export function demo(args: readonly string[], options: DemoOptions): Promise<DemoResult> {
  return startDemo(args, options).ended;
}

/** A new folder, with the means to take it away. */
export async function newFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "mi-demo-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
