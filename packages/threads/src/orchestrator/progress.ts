import type { RunEvent } from "./run.ts";

/** Tells the caller what happens. A listener that throws must not break a conversation in the middle. */
export class Progress {
  readonly #listener: ((event: RunEvent) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(listener: ((event: RunEvent) => void) | undefined) {
    this.#listener = listener;
  }

  emit(event: RunEvent): void {
    try {
      this.#listener?.(event);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Throws what the listener threw first, if it did. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
