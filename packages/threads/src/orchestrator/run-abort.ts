import { setMaxListeners } from "node:events";

/** The caller's signal, for one run. */
export class RunAbort {
  /** Any number of requests and tools may listen to it. */
  readonly signal: AbortSignal;
  readonly #release: () => void;

  constructor(outer: AbortSignal | undefined) {
    const controller = new AbortController();
    // The caller's own signal would warn of a leak at the eleventh listener; on it there is one.
    setMaxListeners(0, controller.signal);
    this.signal = controller.signal;
    const forward = (): void => controller.abort(outer?.reason);
    if (outer?.aborted === true) forward();
    else outer?.addEventListener("abort", forward, { once: true });
    this.#release = () => outer?.removeEventListener("abort", forward);
  }

  /** Lets go of the caller's signal. */
  release(): void {
    this.#release();
  }
}
