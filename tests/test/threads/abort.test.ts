import { getEventListeners } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { scriptedResponder } from "@mi/clients/testing";
import { ChatThread } from "@mi/threads";
import {
  addingThread,
  calls,
  dialog,
  only,
  says,
  storages,
  textThread,
  withWorld,
} from "./fixtures/world.ts";

describe.each(storages)("an aborted run on %s", (kind) => {
  test("cuts the request that is under way, and the user message stays", async () => {
    const abort = new AbortController();
    const respond = () => {
      abort.abort(new Error("enough"));
      return { type: "fault", fault: "stall_before_headers" } as const;
    };
    await withWorld(kind, respond, async ({ orchestrator, registry }) => {
      const thread = textThread();
      const output = only(await orchestrator().run([thread], { signal: abort.signal }));
      expect(output).toMatchObject({
        error: { code: "MI_CLIENT_ABORTED" },
        stoppedBy: "aborted",
        rawOutput: null,
      });
      const stored = await registry.getOrThrow(ChatThread, thread.ecsId);
      expect(dialog(stored)).toEqual([{ role: "user", content: "Hi" }]);
      expect(thread.hasModifications()).toBe(false);
    });
  });

  test("appends the answer that came, with the results that came and errors for the rest", async () => {
    const abort = new AbortController();
    const script = scriptedResponder([
      calls(["add", { a: 1, b: 2 }, "quick"], ["hang", {}, "hangs"]),
      says("3, and one broke off"),
    ]);
    await withWorld(kind, script, async (world) => {
      const hang = world.callables.register({
        name: "hang",
        inputSchema: z.object({}),
        execute: () => {
          setImmediate(() => abort.abort());
          return new Promise(() => {});
        },
      });
      const thread = addingThread(world);
      thread.tools.push(hang);
      const output = only(await world.orchestrator().run([thread], { signal: abort.signal }));
      expect(output).toMatchObject({ error: { code: "MI_THREADS_ABORTED" }, stoppedBy: "aborted" });
      expect(output.toolCalls).toHaveLength(2);
      const stored = await world.registry.getOrThrow(ChatThread, thread.ecsId);
      expect(dialog(stored).slice(2)).toEqual([
        { role: "tool", content: '{"result":3}', tool_call_id: "quick" },
        {
          role: "tool",
          content: expect.stringMatching(/^\{"error":"the run was aborted/),
          tool_call_id: "hangs",
        },
      ]);
      expect(thread.hasModifications()).toBe(false);
      const next = only(await world.orchestrator().run([stored]));
      expect(next.content).toBe("3, and one broke off");
      script.assertDone();
    });
  });
});

test("threads that had not begun are untouched", async () => {
  const abort = new AbortController();
  const respond = () => {
    abort.abort();
    return { type: "fault", fault: "stall_before_headers" } as const;
  };
  await withWorld("memory", respond, async ({ orchestrator, server }) => {
    const threads = [textThread(), textThread(), textThread()];
    const outputs = await orchestrator({ concurrency: 1 }).run(threads, { signal: abort.signal });
    expect(outputs.map((output) => output.error?.code)).toEqual([
      "MI_CLIENT_ABORTED",
      "MI_THREADS_ABORTED",
      "MI_THREADS_ABORTED",
    ]);
    expect(threads.map((thread) => thread.newMessage)).toEqual([null, "Hi", "Hi"]);
    expect(server.requestCount).toBe(1);
  });
});

test("tools see the signal and its reason", async () => {
  const abort = new AbortController();
  const script = scriptedResponder([calls(["stop", {}]), calls(["stop", {}])]);
  await withWorld("memory", script, async (world) => {
    const reasons: unknown[] = [];
    const stop = world.callables.register({
      name: "stop",
      inputSchema: z.object({}),
      execute: (_, { signal }) => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        abort.abort("user left");
      },
    });
    const thread = addingThread(world);
    thread.tools.push(stop);
    const { signal } = abort;
    expect(only(await world.orchestrator().run([thread], { signal })).stoppedBy).toBe("aborted");
    expect(reasons).toEqual(["user left"]);
  });
});

test("no tool starts once the signal has fired; the answer is appended with errors", async () => {
  const abort = new AbortController();
  const script = scriptedResponder([calls(["count", {}], ["count", {}])]);
  await withWorld("memory", script, async (world) => {
    let ran = 0;
    const thread = addingThread(world);
    const inputSchema = z.object({});
    thread.tools.push(
      world.callables.register({ name: "count", inputSchema, execute: () => ran++ }),
    );
    const output = only(
      await world.orchestrator().run([thread], {
        signal: abort.signal,
        onProgress: ({ type }) => {
          if (type === "answer-end") abort.abort();
        },
      }),
    );
    expect(output.stoppedBy).toBe("aborted");
    expect(ran).toBe(0);
    const error = '{"error":"not run: the run was aborted before"}';
    expect(thread.history.slice(2).map((message) => message.content)).toEqual([error, error]);
  });
});

test("a signal that never fires is let go at the end of the run", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const { signal } = new AbortController();
      await orchestrator().run([textThread(), textThread()], { signal });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    },
  );
});

test("a run whose signal has fired already does nothing", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, registry, server }) => {
      const thread = textThread();
      const output = only(await orchestrator().run([thread], { signal: AbortSignal.abort() }));
      expect(output).toMatchObject({ error: { code: "MI_THREADS_ABORTED" }, stoppedBy: "aborted" });
      expect([server.requestCount, (await registry.status()).commits]).toEqual([0, 0]);
    },
  );
});
