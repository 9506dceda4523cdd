import type { ConformanceTarget } from "@mi/conformance";
import { delegating } from "../delegating.ts";
import { memoryTarget } from "../memory-target.ts";

/** Fails in each way that there is: a check, a typed error, one of its own, a synchronous throw, and while cleaning up. */
const target: ConformanceTarget = {
  name: "failing",
  async create(context) {
    const medium = await memoryTarget.create(context);
    let isCleared = false;
    return {
      ...medium,
      async open() {
        const inner = await medium.open();
        return delegating(inner, {
          commit: (commit) => inner.commit({ ...commit, mustBeHeads: [] }),
          heads(lineages) {
            if (new Set(lineages).size < lineages.length) throw new RangeError("a repeated id");
            return inner.heads(lineages);
          },
          versions: (query, page) =>
            inner.versions(query, { ...page, limit: Math.max(1, Math.floor(page.limit) || 1) }),
          async clear() {
            isCleared = true;
            await inner.clear();
          },
        });
      },
      async destroy() {
        if (isCleared) throw new Error("it is in use");
      },
    };
  },
};

export default target;
