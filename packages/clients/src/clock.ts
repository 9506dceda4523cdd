/** Tells the time. Injected, so that tests can say what time it is. */
export interface Clock {
  /** Milliseconds since 1970, with fractions; never goes back. */
  now(): number;
}

/** Not `Date.now()`, which jumps when the machine's time is set: the end of a call must not lie before its start. */
export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now() };
