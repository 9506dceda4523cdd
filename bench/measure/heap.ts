import { setImmediate } from "node:timers/promises";

/** So that what follows doesn't pay for the garbage of what was before. Needs `--expose-gc`. */
export function collectGarbage(): void {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run node with --expose-gc to measure memory");
  gc();
}

/** Bytes of the heap that something still refers to. */
export async function retainedBytes(): Promise<number> {
  // Weak references are cleared only between two turns of the event loop.
  for (let i = 0; i < 4; i++) {
    await setImmediate();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}
