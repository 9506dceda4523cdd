import { reachableFrom } from "../entity/children.ts";
import type { WarmState } from "../entity/warm-state.ts";

/**
 * Runs work that ends with moving the copies of these trees to another version. Forks of them wait for its end, so that
 * no version comes in between; code may go on changing them.
 *
 * @param work is to call `release` just before it moves the copies: what moves is no more in flight
 */
export async function holdStill<T>(
  roots: readonly WarmState[],
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  // Nothing may come between the last look and the hold: another merge may wait for the same end.
  for (let busy = firstBusy(roots); busy !== undefined; busy = firstBusy(roots)) await busy;
  const held = reachableFrom(roots);
  let end = (): void => {};
  const inFlight = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (const state of held) state.inFlight = inFlight;
  const release = (): void => {
    for (const state of held) if (state.inFlight === inFlight) state.inFlight = undefined;
  };
  try {
    return await work(release);
  } finally {
    release();
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
