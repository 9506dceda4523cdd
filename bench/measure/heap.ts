import { setImmediate } from "node:timers/promises";

/** Bytes of the heap that something still refers to. Needs `--expose-gc`. */
export async function retainedBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run node with --expose-gc to measure memory");
  // Weak references are cleared only between two turns of the event loop.
  for (let i = 0; i < 4; i++) {
    await setImmediate();
    gc();
  }
  return process.memoryUsage().heapUsed;
}
