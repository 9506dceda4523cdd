/** What the work gives, or `instead` as soon as the signal fires. The work isn't waited for then. */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  instead: () => T,
): Promise<T> {
  // Not Promise.race with one promise for the whole run: that would keep something of every call until the run ends.
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(instead());
    const settle = (end: () => void): void => {
      signal.removeEventListener("abort", stop);
      end();
    };
    signal.addEventListener("abort", stop, { once: true });
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
