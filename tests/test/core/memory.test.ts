import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, ref } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";

class Line extends entity("MemoryLine", { text: z.string() }) {}
class Page extends entity("MemoryPage", {
  lines: z.array(ref(Line)).default([]),
  turns: z.number().default(0),
}) {}

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** Of the heap, in megabytes. */
function usedMegabytes(): number {
  if (typeof collectGarbage === "function") collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function page(): Page {
  const lines = Array.from({ length: 500 }, (_, k) => new Line({ text: `${"x".repeat(200)}${k}` }));
  return new Page({ lines });
}

describe("a loop that waits for nothing but a storage that answers at once keeps no entity that the program let go", () => {
  async function growth(
    times: number,
    work: (registry: EntityRegistry, kept: Page) => Promise<unknown>,
  ) {
    const registry = new EntityRegistry({ storage: new MemoryStorage() });
    const kept = await registry.register(page());
    const before = usedMegabytes();
    for (let i = 0; i < times; i++) await work(registry, kept);
    return usedMegabytes() - before;
  }

  test("when it loads", async () => {
    const grown = await growth(600, async (registry, { ecsId }) => {
      const { lines } = await registry.getOrThrow(Page, ecsId);
      expect(lines.at(-1)?.text).toHaveLength(203);
    });
    expect(grown).toBeLessThan(40);
  });

  test("when it loads in a traced call each", async () => {
    const grown = await growth(600, (registry, { ecsId }) =>
      registry.transaction(() => registry.getOrThrow(Page, ecsId)),
    );
    expect(grown).toBeLessThan(40);
  });

  test("when it registers", async () => {
    const grown = await growth(100, async (registry) => {
      await registry.register(page());
      await registry.clear({ confirm: true });
    });
    expect(grown).toBeLessThan(40);
  });
});
