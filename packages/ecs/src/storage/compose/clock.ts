import type { Clock } from "../../clock.ts";

/** Never goes back; from some fixed point, for durations only. */
export const monotonicClock: Clock = { now: () => performance.now() };
