import { setTimeout } from "node:timers";
import type { ConformanceTarget } from "@mi/conformance";
import { memoryTarget } from "../memory-target.ts";

/** Goes wrong when all is over, and nobody hears of it. */
const target: ConformanceTarget = {
  name: "lingering",
  async create(context) {
    const medium = await memoryTarget.create(context);
    return {
      ...medium,
      async destroy() {
        setTimeout(() => void Promise.reject(new Error("the pool is gone")), 200);
      },
    };
  },
};

export default target;
