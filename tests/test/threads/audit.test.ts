import { describe, expect, test } from "@jest/globals";
import { EntityRegistry } from "@mi/ecs";
import { ManualClock, SequentialIds } from "@mi/ecs/testing";
import { scriptedResponder } from "@mi/clients/testing";
import { MemoryStorage } from "@mi/storage-memory";
import { ChatThread, type RunEvent } from "@mi/threads";
import {
  addingThread,
  calls,
  idOf,
  only,
  says,
  storages,
  textThread,
  withWorld,
} from "./fixtures/world.ts";

async function trail(registry: EntityRegistry) {
  const entries = [];
  for await (const entry of registry.commits()) entries.push(entry);
  return entries;
}

describe.each(storages)("the audit trail on %s", (kind) => {
  test("names each step, what caused it, and the run", async () => {
    const script = scriptedResponder([calls(["add", { a: 1, b: 1 }]), says("2")]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world);
      const raws: string[] = [];
      await world.orchestrator().run([thread], {
        context: { actor: "ana", reason: "test", metadata: { ticket: 7 } },
        onProgress: (event) => {
          if (event.type === "answer-end") raws.push(event.rawOutput.ecsId);
        },
      });
      const entries = await trail(world.registry);
      expect(entries.map(({ operation, cause }) => [operation, cause])).toEqual([
        ["ChatThread.addUserMessage", undefined],
        ["InferenceOrchestrator.storeRawOutput", undefined],
        ["InferenceOrchestrator.addTurn", raws[0]],
        ["InferenceOrchestrator.storeRawOutput", undefined],
        ["InferenceOrchestrator.addTurn", raws[1]],
      ]);
      const common = entries.map(({ actor, reason, metadata }) => ({ actor, reason, metadata }));
      expect(common).toEqual(
        entries.map(() => ({ actor: "ana", reason: "test", metadata: { ticket: 7 } })),
      );
      const runs = new Set(entries.map((entry) => entry.correlationId));
      expect(runs.size).toBe(1);
      expect([...runs][0]).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  test("each version of the thread is a turn of it, and can be loaded", async () => {
    await withWorld(
      kind,
      () => says("ok"),
      async ({ orchestrator, registry }) => {
        const thread = textThread("one");
        await orchestrator().run([thread]);
        const sent = thread.ecsId;
        thread.newMessage = "two";
        const output = only(await orchestrator().run([thread]));
        const lineage = await registry.lineage(thread.lineageId);
        const lengths = [];
        for (const { record } of lineage.versions)
          lengths.push((await registry.getOrThrow(ChatThread, record.ecsId)).history.length);
        expect(lengths).toEqual([1, 2, 3, 4]);
        expect(lineage.versions[1]?.record.ecsId).toBe(sent);
        // What was sent is the version with the question, not the one with the answer.
        expect(output.chatThreadId).toBe(lineage.versions[2]?.record.ecsId);
        expect(output.rawOutput).toMatchObject({
          chatThreadId: output.chatThreadId,
          chatThreadLineageId: thread.lineageId,
          chatThreadLiveId: thread.liveId,
        });
      },
    );
  });
});

test("a caller's correlation id is kept; two runs without one have two", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry }) => {
      const running = orchestrator();
      await running.run([textThread()], { context: { correlationId: "batch 9" } });
      await running.run([textThread()]);
      await running.run([textThread()]);
      const ids = (await trail(registry)).map((entry) => entry.correlationId);
      expect(ids.slice(0, 3)).toEqual(["batch 9", "batch 9", "batch 9"]);
      expect(new Set(ids).size).toBe(3);
    },
  );
});

test("ids and times come from where they were injected", async () => {
  const clock = new ManualClock();
  const registry = new EntityRegistry({
    storage: new MemoryStorage(),
    clock,
    ids: new SequentialIds(1),
  });
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const thread = registry.detached(() => textThread());
      await orchestrator({ registry, clock, ids: new SequentialIds(2) }).run([thread]);
      const times = thread.history.map((message) => message.timestamp.getTime());
      expect(times).toEqual([clock.now(), clock.now()]);
      const entries = await trail(registry);
      const made = entries.flatMap(({ versions }) => versions.map(({ ecsId }) => ecsId));
      expect(made.filter((id) => !id.startsWith("00000000-0001-"))).toEqual([]);
      const runs = new Set(entries.map((entry) => entry.correlationId));
      expect([...runs]).toEqual([new SequentialIds(2).next()]);
    },
  );
});

test("inside registry.run a run stores nothing more than outside", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry }) => {
      await registry.run(() => orchestrator().run([textThread()]));
      expect(await registry.status()).toMatchObject({ commits: 3, versions: 8, pending: 0 });
    },
  );
});

test("inside a transaction, whose commit comes at its end, a run is refused", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry, server }) => {
      const thread = textThread();
      const running = registry.transaction(() => orchestrator().run([thread]));
      await expect(running).rejects.toMatchObject({ code: "MI_THREADS_TRACED" });
      expect(server.requestCount).toBe(0);
      expect(thread.newMessage).toBe("Hi");
    },
  );
});

test("progress tells of everything once it is stored, in order", async () => {
  const script = scriptedResponder([calls(["add", { a: 1, b: 1 }]), says("2")]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    const events: RunEvent[] = [];
    const stored: Promise<boolean>[] = [];
    const outputs = await world.orchestrator().run([thread], {
      onProgress: (event) => {
        events.push(event);
        if (event.type === "answer-end") stored.push(world.registry.has(idOf(event.rawOutput)));
        if (event.type === "turn-end")
          for (const message of event.messages) stored.push(world.registry.has(message.ecsId));
      },
    });
    expect(events.map(({ type }) => type)).toEqual([
      "thread-start",
      "answer-end",
      "turn-end",
      "answer-end",
      "turn-end",
      "thread-end",
    ]);
    expect(await Promise.all(stored)).toEqual(stored.map(() => true));
    expect(events.at(-1)).toMatchObject({ output: outputs[0], error: undefined });
  });
});

test("outputs are not stored", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry }) => {
      const output = only(await orchestrator().run([textThread()]));
      expect(await registry.has(output.ecsId)).toBe(false);
    },
  );
});
