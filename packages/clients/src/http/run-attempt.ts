import { onAbort } from "./on-abort.ts";

export type AttemptOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timeout" }
  | { readonly kind: "aborted"; readonly reason: unknown };

/**
 * Runs one attempt under a deadline and the caller's signal, both of which hold until the last byte of the body. The
 * attempt gets a signal of its own. Resolves as soon as either fires, even if the work pays no attention to its signal.
 */
export function runAttempt(
  work: (signal: AbortSignal) => Promise<void>,
  { signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<AttemptOutcome> {
  if (signal?.aborted === true) return Promise.resolve({ kind: "aborted", reason: signal.reason });
  return new Promise((resolve) => {
    const controller = new AbortController();
    const end = (outcome: AttemptOutcome) => {
      clearTimeout(timer);
      release?.();
      resolve(outcome);
    };
    const stop = (outcome: AttemptOutcome) => {
      end(outcome);
      controller.abort();
    };
    const timer = setTimeout(() => {
      stop({ kind: "timeout" });
    }, timeoutMs);
    const release =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            stop({ kind: "aborted", reason: signal.reason });
          });
    work(controller.signal).then(
      () => {
        end({ kind: "done" });
      },
      (error: unknown) => {
        end({ kind: "failed", error });
      },
    );
  });
}
