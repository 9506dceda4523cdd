import { Session } from "node:inspector/promises";

/** How often code of the packages ran. The same on every machine. */
export interface CountedWork {
  /** Calls of functions, and runs of blocks inside them: a loop counts each time round. */
  readonly steps: number;
  /** Calls by the name of the function. */
  readonly calls: ReadonlyMap<string, number>;
}

/**
 * Runs work and counts what the code in `folders` (parts of its path) did meanwhile. Loops inside the engine, as in
 * `indexOf`, are not seen: for those there is the time.
 */
export async function countWork(
  folders: readonly string[],
  work: () => Promise<unknown>,
): Promise<CountedWork> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    // What ran before is counted up to here, and from here anew.
    await session.post("Profiler.takePreciseCoverage");
    await work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    let steps = 0;
    const calls = new Map<string, number>();
    for (const { url, functions } of result) {
      if (!folders.some((folder) => url.includes(folder))) continue;
      for (const { functionName, ranges } of functions) {
        for (const { count } of ranges) steps += count;
        calls.set(functionName, (calls.get(functionName) ?? 0) + (ranges[0]?.count ?? 0));
      }
    }
    return { steps, calls };
  } finally {
    await session.post("Profiler.stopPreciseCoverage");
    session.disconnect();
  }
}
