import { setTimeout } from "node:timers";
import type { ConformanceTarget } from "@mi/conformance";
import { delegating } from "../delegating.ts";
import { memoryTarget } from "../memory-target.ts";

/** Leaves a rejection to nobody when it answers stats, and throws in a timer when it is cleared. */
const target: ConformanceTarget = {
  name: "straying",
  async create(context) {
    const medium = await memoryTarget.create(context);
    return {
      ...medium,
      async open() {
        const inner = await medium.open();
        return delegating(inner, {
          stats() {
            void Promise.reject(new Error("the counter is gone"));
            return inner.stats();
          },
          async clear() {
            setTimeout(() => {
              throw new Error("the timer went off");
            }, 0);
            await inner.clear();
          },
        });
      },
    };
  },
};

export default target;
