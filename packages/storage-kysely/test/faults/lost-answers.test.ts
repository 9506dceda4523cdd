import { entity, EntityRegistry, ref } from "@mi/ecs";
import { emptySchema } from "@mi/postgres-server/jest";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SwallowingProxy } from "./swallowing-proxy.ts";

class Message extends entity("Message", { text: z.string() }) {}
class Thread extends entity("Thread", { messages: z.array(ref(Message)).default([]) }) {}

let proxy: SwallowingProxy;
let storage: PostgresStorage;
let registry: EntityRegistry;
let thread: Thread;

beforeEach(async () => {
  const { url } = await emptySchema();
  proxy = new SwallowingProxy(url);
  await proxy.listen();
  storage = await PostgresStorage.open(proxy.through(url), { max: 2 });
  registry = new EntityRegistry({ storage, types: [Thread] });
  thread = await registry.register(new Thread({}));
});

afterEach(async () => {
  await storage.close();
  await proxy.close();
});

/** What is stored is one line that ends in what the program holds. */
async function expectOneLine(versions: number, messages: readonly string[]): Promise<void> {
  const { roots, versions: nodes } = await registry.lineage(thread.lineageId);
  expect([roots.length, nodes.length]).toEqual([1, versions]);
  expect(await registry.heads(thread.lineageId)).toEqual([thread.ecsId]);
  const stored = await registry.getOrThrow(Thread, thread.ecsId);
  expect(stored.messages.map(({ text }) => text)).toEqual(messages);
  expect(await storage.verify()).toEqual([]);
}

test.each(["branch", "fail", "merge"] as const)(
  "a commit whose answer is lost is one version, with onConflict %s",
  async (onConflict) => {
    for (const text of ["one", "two", "three"]) {
      proxy.swallowAnswers(1);
      thread.messages.push(new Message({ text }));
      await thread.fork({ onConflict });
    }
    expect(proxy.swallowed).toBe(3);
    await expectOneLine(4, ["one", "two", "three"]);
  },
);

test.each(["branch", "fail", "merge"] as const)(
  "one whose answers are all lost fails, and the next fork goes on from it, with onConflict %s",
  async (onConflict) => {
    proxy.swallowAnswers(3);
    thread.messages.push(new Message({ text: "one" }));
    await expect(thread.fork({ onConflict })).rejects.toMatchObject({
      code: "MI_STORAGE_CONNECTION",
      retryable: true,
    });
    expect(proxy.swallowed).toBe(3);
    thread.messages.push(new Message({ text: "two" }));
    await thread.fork({ onConflict });
    await expectOneLine(3, ["one", "two"]);
  },
);

test("a new entity whose answers are all lost is registered once", async () => {
  proxy.swallowAnswers(3);
  const other = new Thread({ messages: [new Message({ text: "one" })] });
  await expect(registry.register(other)).rejects.toMatchObject({ code: "MI_STORAGE_CONNECTION" });
  await registry.register(other);
  expect(await storage.stats()).toEqual({ versions: 3, lineages: 3, commits: 2 });
  expect(await storage.verify()).toEqual([]);
});
