import type { ConformanceTarget } from "@mi/conformance";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";

export const memoryTarget: ConformanceTarget = {
  name: "memory",
  async create() {
    const medium = new MemoryMedium();
    return {
      facts: { durable: false, multiProcess: false, maxPayloadBytes: 2 ** 28 },
      open: async () => new MemoryStorage({ medium }),
      destroy: async () => undefined,
    };
  },
};
