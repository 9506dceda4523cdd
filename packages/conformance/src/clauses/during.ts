/**
 * Does something while other work is under way, and ends when both have ended, whichever of them fails: work that is
 * left behind would meet instances that are closed, and reject with nobody to hear it.
 */
export async function during<T>(
  work: Promise<unknown>,
  meanwhile: (isDone: () => boolean) => Promise<T>,
): Promise<T> {
  let isDone = false;
  // Heard from the beginning: `meanwhile` may never end.
  const ended = Promise.allSettled([work]).finally(() => {
    isDone = true;
  });
  let answer: T;
  try {
    answer = await meanwhile(() => isDone);
  } finally {
    await ended;
  }
  await work;
  return answer;
}
