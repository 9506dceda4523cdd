import type { Clock } from "./clock.ts";
import type { IdSource } from "./ids.ts";

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #time: number;

  /** @param start milliseconds since 1970 */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#time = start;
  }

  now(): number {
    return this.#time;
  }

  /** Moves it by so many milliseconds; back, when negative. */
  advance(milliseconds: number): void {
    this.#time += milliseconds;
  }
}

/** Valid UUIDv7s that count up from 1: the same in every run. */
export class SequentialIds implements IdSource {
  #count = 0;
  readonly #prefix: string;

  /** @param stream tells two sources apart: 0 to 65535 */
  constructor(stream = 0) {
    this.#prefix = `00000000-${stream.toString(16).padStart(4, "0")}-7000-8000-`;
  }

  next(): string {
    this.#count++;
    return this.#prefix + this.#count.toString(16).padStart(12, "0");
  }
}
