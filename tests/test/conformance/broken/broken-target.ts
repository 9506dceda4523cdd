import type { ConformanceTarget, Medium } from "@mi/conformance";
import { delegating } from "../delegating.ts";
import { memoryTarget } from "../memory-target.ts";
import type { BrokenStore } from "./broken-store.ts";

export function brokenTarget({ name, breaks }: BrokenStore): ConformanceTarget {
  return {
    name,
    async create(context): Promise<Medium> {
      const medium = await memoryTarget.create(context);
      return {
        ...medium,
        async open() {
          const inner = await medium.open();
          return delegating(inner, breaks(inner));
        },
      };
    },
  };
}
