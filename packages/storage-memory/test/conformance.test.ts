import { register } from "@mi/conformance";
import type { ConformanceTarget } from "@mi/conformance";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";
import { describe, test } from "@jest/globals";

const target: ConformanceTarget = {
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

register(target, { describe, test });
