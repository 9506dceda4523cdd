interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly stopListening: () => void;
}

/** Who waits on a signal that is not ours. */
const waitingOn = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `callback` when the signal aborts; the function it returns takes it back.
 *
 * However many calls wait on one signal, it carries one listener: a thousand parallel requests with the same signal would
 * otherwise make Node warn of a leak.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = waitingOn.get(signal) ?? listenTo(signal);
  waiting.callbacks.add(callback);
  return () => {
    waiting.callbacks.delete(callback);
    if (waiting.callbacks.size > 0 || waitingOn.get(signal) !== waiting) return;
    waitingOn.delete(signal);
    waiting.stopListening();
  };
}

function listenTo(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = () => {
    for (const callback of callbacks) callback();
  };
  signal.addEventListener("abort", listener, { once: true });
  const waiting = {
    callbacks,
    stopListening: () => {
      signal.removeEventListener("abort", listener);
    },
  };
  waitingOn.set(signal, waiting);
  return waiting;
}
