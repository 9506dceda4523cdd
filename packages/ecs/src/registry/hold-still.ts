import { reachableFrom } from "../entity/children.ts";
import type { WarmState } from "../entity/warm-state.ts";

/**
 * Runs work that ends with moving the copies of these trees to another version. Forks of them wait for its end, so that
 * no version comes in between; code may go on changing them.
 */
export async function holdStill<T>(
  roots: readonly WarmState[],
  work: () => Promise<T>,
): Promise<T> {
  await untilIdle(roots);
  // From here to the first wait of the work nothing else runs: it may still refuse.
  const held = reachableFrom(roots);
  let end = (): void => {};
  const inFlight = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (const state of held) state.inFlight = inFlight;
  try {
    return await work();
  } finally {
    for (const state of held) state.inFlight = undefined;
    end();
  }
}

/** Waits for the commits that are under way of anything in these trees. */
export async function untilIdle(roots: readonly WarmState[]): Promise<void> {
  for (let busy = firstBusy(roots); busy !== undefined; busy = firstBusy(roots)) await busy;
}

function firstBusy(roots: readonly WarmState[]): Promise<void> | undefined {
  for (const state of reachableFrom(roots)) if (state.inFlight !== undefined) return state.inFlight;
  return undefined;
}
