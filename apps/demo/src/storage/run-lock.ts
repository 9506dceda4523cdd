import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { UsageError } from "../cli/usage-error.ts";

/**
 * Keeps a second run out of a storage: two of them would run the same conversations twice. The file beside the storage
 * names the process; what a killed one left is taken over.
 *
 * @returns gives the lock back
 * @throws UsageError while another process has it, or when it can't be written.
 */
export function lockForRun(path: string): () => void {
  const lock = `${path}.lock`;
  if (!isMade(lock, path)) {
    const holder = holderOf(lock);
    if (holder !== undefined && holder !== process.pid && isAlive(holder))
      throw new UsageError(
        `Process ${holder} is running into ${path}; wait until it has ended (its lock is ${lock})`,
      );
    rmSync(lock, { force: true });
    if (!isMade(lock, path))
      throw new UsageError(`Another process has just begun to run into ${path}; wait for its end`);
  }
  return () => rmSync(lock, { force: true });
}

function isMade(lock: string, path: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new UsageError(
      `${JSON.stringify(path)} can't be locked (${codeOf(error)}): expected a folder that can be written`,
      { cause: error },
    );
  }
}

/** `undefined` when the process that made the lock was ended before it could name itself, or is done by now. */
function holderOf(lock: string): number | undefined {
  try {
    const text = readFileSync(lock, "utf8").trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UsageError(
      `${lock} can't be read (${codeOf(error)}); remove it if no run is under way`,
      {
        cause: error,
      },
    );
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else is alive all the same.
    return codeOf(error) === "EPERM";
  }
}

function codeOf(error: unknown): string {
  return String(Object(error).code);
}
