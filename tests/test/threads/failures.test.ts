import { describe, expect, test } from "@jest/globals";
import { scriptedResponder, type RawReply } from "@mi/clients/testing";
import { EntityRegistry } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { ChatThread, RawOutput } from "@mi/threads";
import {
  addingThread,
  calls,
  dialog,
  idOf,
  key,
  only,
  says,
  storages,
  textThread,
  withWorld,
} from "./fixtures/world.ts";

const down = {
  type: "raw",
  status: 503,
  body: { error: { message: "overloaded", type: "server_error", code: "busy" } },
} as const;

describe.each(storages)("on %s", (kind) => {
  test("a provider's error is that thread's error; its user message stays, and the next run tries again", async () => {
    const script = scriptedResponder([down, says("Hello.")]);
    await withWorld(kind, script, async ({ orchestrator, registry }) => {
      const thread = textThread();
      const failed = only(await orchestrator().run([thread]));
      expect(failed).toMatchObject({
        content: null,
        toolCalls: [],
        usage: null,
        error: { code: "MI_CLIENT_HTTP_STATUS", message: expect.stringContaining("overloaded") },
        stoppedBy: "error",
        chatThreadId: thread.ecsId,
      });
      const stored = await registry.getOrThrow(ChatThread, thread.ecsId);
      expect(dialog(stored)).toEqual([{ role: "user", content: "Hi" }]);
      expect(thread.hasModifications()).toBe(false);

      const output = only(await orchestrator().run([stored]));
      expect(output).toMatchObject({ content: "Hello.", error: null });
      expect(dialog(stored)).toEqual([
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello." },
      ]);
      script.assertDone();
    });
  });

  test("what a service answered instead of an answer is kept", async () => {
    await withWorld(
      kind,
      () => down,
      async ({ orchestrator, registry }) => {
        const { rawOutput, timeTaken } = only(await orchestrator().run([textThread()]));
        const stored = await registry.getOrThrow(RawOutput, idOf(rawOutput));
        expect(stored).toMatchObject({ statusCode: 503, rawResult: down.body });
        expect(timeTaken).toBeGreaterThan(0);
      },
    );
  });

  test("a server that is down is an error that names it, and loses nothing", async () => {
    await withWorld(
      kind,
      () => says("ok"),
      async ({ orchestrator, registry, server }) => {
        const thread = textThread();
        await server.close();
        const output = only(await orchestrator().run([thread]));
        expect(output.error?.code).toBe("MI_CLIENT_CONNECTION");
        expect(output.error?.message).toContain(server.url);
        expect(output.rawOutput).toBeNull();
        const stored = await registry.getOrThrow(ChatThread, thread.ecsId);
        expect(dialog(stored)).toEqual([{ role: "user", content: "Hi" }]);
      },
    );
  });

  test("an error in the middle of the tool loop leaves whole turns behind", async () => {
    const script = scriptedResponder([calls(["add", { a: 1, b: 2 }, "c"]), down, says("3")]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world);
      const output = only(await world.orchestrator().run([thread]));
      expect(output.error?.code).toBe("MI_CLIENT_HTTP_STATUS");
      const stored = await world.registry.getOrThrow(ChatThread, thread.ecsId);
      expect(stored.history.map((message) => message.role)).toEqual(["user", "assistant", "tool"]);
      const next = only(await world.orchestrator().run([stored]));
      expect(next.content).toBe("3");
      script.assertDone();
    });
  });
});

test("one thread's failure touches none of the other nineteen", async () => {
  const respond = ({ bodyText }: { bodyText: string }) =>
    bodyText.includes("question 7") ? down : says("fine");
  await withWorld("sqlite", respond, async ({ orchestrator, registry }) => {
    const threads = Array.from({ length: 20 }, (_, i) => textThread(`question ${i}.`));
    const outputs = await orchestrator().run(threads);
    expect(outputs.map((output) => output.error?.code ?? output.content)).toEqual(
      threads.map((_, i) => (i === 7 ? "MI_CLIENT_HTTP_STATUS" : "fine")),
    );
    for (const [i, thread] of threads.entries()) {
      const stored = await registry.getOrThrow(ChatThread, thread.ecsId);
      expect(stored.history).toHaveLength(i === 7 ? 1 : 2);
    }
  });
});

test("a response of status 200 that holds no answer is an error, and kept", async () => {
  const replies: RawReply[] = [
    { type: "raw", body: { error: { message: "quota", code: "insufficient_quota" } } },
    { type: "raw", body: "<html>proxy</html>", headers: { "content-type": "text/html" } },
    { type: "raw", body: { choices: [] } },
  ];
  await withWorld("memory", scriptedResponder(replies), async ({ orchestrator }) => {
    const threads = [textThread(), textThread(), textThread()];
    const outputs = await orchestrator({ concurrency: 1 }).run(threads);
    expect(outputs.map((output) => output.error?.code)).toEqual([
      "MI_CLIENT_PROVIDER_ERROR",
      "MI_CLIENT_MALFORMED_RESPONSE",
      "MI_CLIENT_MALFORMED_RESPONSE",
    ]);
    expect(outputs.map((output) => output.rawOutput?.rawResult)).toEqual(
      replies.map((reply) => reply.body),
    );
    expect(threads.map((thread) => thread.history.length)).toEqual([1, 1, 1]);
  });
});

test("a connection that breaks in the middle of an answer leaves no raw output", async () => {
  const reply = { type: "fault", fault: "cut_in_body" } as const;
  await withWorld(
    "memory",
    () => reply,
    async ({ orchestrator }) => {
      const output = only(await orchestrator().run([textThread()]));
      expect(output.error?.code).toBe("MI_CLIENT_CONNECTION");
      expect(output.rawOutput).toBeNull();
    },
  );
});

test("no key reaches an output or a record, even when the server sends it back", async () => {
  const reply = {
    type: "raw",
    status: 401,
    body: { error: { message: `bad key ${key}` } },
  } as const;
  await withWorld(
    "sqlite",
    () => reply,
    async ({ orchestrator, registry }) => {
      const thread = textThread();
      const headers = () => ({ "x-api-key": "tenant-secret-0123456789" });
      const output = only(await orchestrator().run([thread], { headers }));
      const raw = await registry.coldSnapshot(idOf(output.rawOutput));
      const seen = JSON.stringify([output.toObject(), raw]);
      expect(seen).not.toContain(key);
      expect(seen).not.toContain("tenant-secret");
      expect(output.error?.message).toContain("bad key");
    },
  );
});

test.each<[string, (thread: ChatThread) => void, string]>([
  [
    "a format that can't be sent",
    (thread) => {
      thread.llmConfig.responseFormat = "structured_output";
    },
    "MI_THREADS_FORMAT_UNSUPPORTED",
  ],
  [
    "no model",
    (thread) => {
      thread.llmConfig.model = null;
    },
    "MI_THREADS_NO_MODEL",
  ],
  [
    "no client of that name",
    (thread) => {
      thread.llmConfig.client = "vllm";
    },
    "MI_THREADS_NO_CLIENT",
  ],
  [
    "nothing to send",
    (thread) => {
      thread.newMessage = null;
    },
    "MI_THREADS_NO_MESSAGE",
  ],
])("%s is refused before anything happens", async (_, spoil, code) => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry, server }) => {
      const thread = textThread();
      spoil(thread);
      const pending = thread.newMessage;
      const output = only(await orchestrator().run([thread]));
      expect(output).toMatchObject({ error: { code }, stoppedBy: "error", rawOutput: null });
      expect(server.requestCount).toBe(0);
      expect((await registry.status()).commits).toBe(0);
      expect(thread.history).toHaveLength(0);
      expect(thread.newMessage).toBe(pending);
    },
  );
});

test("a thread that is given twice is refused before anything happens", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry, server }) => {
      const thread = textThread();
      await expect(orchestrator().run([textThread(), thread, thread])).rejects.toMatchObject({
        code: "MI_THREADS_DUPLICATE_THREAD",
      });
      expect(server.requestCount).toBe(0);
      expect((await registry.status()).commits).toBe(0);
      expect(thread.newMessage).toBe("Hi");
    },
  );
});

test("a thread that is in another run is refused, and free again after it", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const running = orchestrator();
      const thread = textThread();
      const first = running.run([thread]);
      await expect(running.run([thread])).rejects.toMatchObject({
        code: "MI_THREADS_DUPLICATE_THREAD",
      });
      await first;
      thread.newMessage = "again";
      expect(only(await running.run([thread])).error).toBeNull();
    },
  );
});

test("two warm copies of one version are two branches", async () => {
  await withWorld(
    "sqlite",
    () => says("ok"),
    async ({ orchestrator, registry }) => {
      const thread = await registry.register(textThread());
      const copies = [
        await registry.getOrThrow(ChatThread, thread.ecsId),
        await registry.getOrThrow(ChatThread, thread.ecsId),
      ];
      const outputs = await orchestrator().run(copies);
      expect(outputs.map((output) => output.error)).toEqual([null, null]);
      expect(await registry.heads(thread.lineageId)).toHaveLength(2);
    },
  );
});

test("when a turn can't be stored it stays in the thread, and the next run stores it", async () => {
  const storage = new MemoryStorage();
  const registry = new EntityRegistry({ storage });
  const commit = storage.commit.bind(storage);
  let failing = false;
  storage.commit = (content) =>
    failing && content.header.operation === "InferenceOrchestrator.addTurn"
      ? Promise.reject(new Error("disk full"))
      : commit(content);
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const thread = textThread();
      failing = true;
      const output = only(await orchestrator({ registry }).run([thread]));
      expect(output).toMatchObject({
        content: "ok",
        error: { code: "MI_THREADS_UNEXPECTED", message: "disk full" },
      });
      expect(output.rawOutput?.fromStorage).toBe(false);
      failing = false;
      thread.newMessage = "more";
      await orchestrator({ registry }).run([thread]);
      const stored = await registry.getOrThrow(ChatThread, thread.ecsId);
      expect(stored.history.map((message) => message.content)).toEqual(["Hi", "ok", "more", "ok"]);
    },
  );
});

test("a callback that throws is that thread's error; a listener that throws ends no conversation", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const [bad, good] = [textThread("bad"), textThread("good")];
      const outputs = await orchestrator().run([bad, good], {
        headers: (thread) => {
          if (thread === bad) throw new TypeError("no tenant");
          return {};
        },
      });
      expect(outputs.map((output) => output.error)).toEqual([
        { code: "MI_THREADS_UNEXPECTED", message: "no tenant" },
        null,
      ]);
      const thread = textThread();
      const listening = orchestrator().run([thread], {
        onProgress: ({ type }) => {
          throw new Error(`at ${type}`);
        },
      });
      await expect(listening).rejects.toThrow("at thread-start");
      expect(thread.history).toHaveLength(2);
    },
  );
});

test.each([{ concurrency: 0 }, { concurrency: Number.NaN }, { maxToolRounds: 1.5 }])(
  "an orchestrator refuses %j",
  async (options) => {
    await withWorld(
      "memory",
      () => says("ok"),
      async ({ orchestrator }) => {
        expect(() => orchestrator(options)).toThrow(
          expect.objectContaining({ code: "MI_THREADS_CONFIGURATION" }),
        );
      },
    );
  },
);
