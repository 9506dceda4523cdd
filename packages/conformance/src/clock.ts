/** Milliseconds from some fixed point, for durations. */
export type Stopwatch = () => number;

export const systemStopwatch: Stopwatch = () => performance.now();
