/** Seconds that the work took. */
export async function timed(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  const pending = work();
  // Synchronous work is not charged for a turn of the event loop.
  if (pending instanceof Promise) await pending;
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Seconds for one of `times` runs of the work, one after the other. */
export async function timedEach(times: number, work: () => unknown): Promise<number> {
  const total = await timed(async () => {
    for (let i = 0; i < times; i++) {
      const pending = work();
      if (pending instanceof Promise) await pending;
    }
  });
  return total / times;
}
