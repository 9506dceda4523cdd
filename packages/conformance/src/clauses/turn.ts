/**
 * Lets timers and input go on. A loop of reads that answer from memory alone would never let a writer end that waits for
 * one of them, nor the time limit of the clause.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
