import { describe, expect, test } from "@jest/globals";
import { OpenAIClient } from "@mi/clients";
import { scriptedResponder } from "@mi/clients/testing";
import { rebuildRequest, type RawOutput } from "@mi/threads";
import {
  addingThread,
  calls,
  idOf,
  key,
  only,
  says,
  storages,
  textThread,
  withWorld,
} from "./fixtures/world.ts";

describe.each(storages)("the request of a raw output on %s", (kind) => {
  test("is rebuilt byte for byte, also when the thread has gone on and the storage was reopened", async () => {
    const script = scriptedResponder([
      calls(["add", ' {"b":2, "a":1}', "c1"], ["add", "", "c1"], ["nope", {}, "c2"]),
      says("a\0b\ud800 \u2028 é"),
      ...Array.from({ length: 10 }, (_, i) => says(`answer ${i}`)),
    ]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world, "1+2? \ud83d half");
      const kept: RawOutput[] = [];
      const running = world.orchestrator();
      const onProgress: Parameters<typeof running.run>[1] = {
        onProgress: (event) => {
          if (event.type === "answer-end") kept.push(event.rawOutput);
        },
      };
      await running.run([thread], onProgress);
      expect(kept).toHaveLength(2);
      for (let i = 0; i < 10; i++) {
        thread.newMessage = `turn ${i}`;
        thread.llmConfig.temperature = i / 10;
        await running.run([thread], onProgress);
      }
      const sent = world.server.requests.map((request) => request.bodyText);
      expect(sent).toHaveLength(12);
      const registry = await world.reopened();
      const rebuilt = [];
      for (const raw of kept)
        rebuilt.push(
          JSON.stringify((await rebuildRequest(registry, raw.ecsId, world.client)).body),
        );
      expect(rebuilt).toEqual(sent);
      script.assertDone();
    });
  });

  test("keeps its parameters, but none of its messages", async () => {
    const script = scriptedResponder([calls(["add", { a: 1, b: 1 }]), says("2")]);
    await withWorld(kind, script, async (world) => {
      const thread = addingThread(world, "a message that must not be stored twice");
      const output = only(await world.orchestrator().run([thread]));
      const { rawOutput } = output;
      expect(Object.keys(rawOutput?.completionKwargs ?? {})).toEqual([
        "model",
        "tools",
        "tool_choice",
        "max_tokens",
        "temperature",
      ]);
      const record = await world.registry.coldSnapshot(idOf(rawOutput));
      expect(record?.data).not.toContain("stored twice");
      expect(record?.refs).toEqual([]);
    });
  });
});

test("a client that words requests differently is refused, not believed", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async (world) => {
      const { rawOutput } = only(await world.orchestrator().run([textThread()]));
      class OtherClient extends OpenAIClient {
        override encodeRequest(
          ...request: Parameters<OpenAIClient["encodeRequest"]>
        ): ReturnType<OpenAIClient["encodeRequest"]> {
          const { path, body } = super.encodeRequest(...request);
          return { path, body: { ...body, store: true } };
        }
      }
      const other = new OtherClient({ apiKey: key });
      await expect(rebuildRequest(world.registry, idOf(rawOutput), other)).rejects.toMatchObject({
        code: "MI_THREADS_REQUEST_MISMATCH",
      });
    },
  );
});

test("what other code changes while the thread is stored is part of the version that is sent", async () => {
  await withWorld(
    "sqlite",
    () => says("ok"),
    async (world) => {
      const { storage, registry } = world;
      const thread = textThread();
      const prompts = ["Be long.", "Be kind."];
      const commit = storage.commit.bind(storage);
      storage.commit = async (content) => {
        const prompt = prompts.shift();
        const result = await commit(content);
        if (prompt !== undefined && thread.systemPrompt !== null)
          thread.systemPrompt.content = prompt;
        return result;
      };
      const { rawOutput } = only(await world.orchestrator().run([thread]));
      const wire = await rebuildRequest(registry, idOf(rawOutput), world.client);
      expect(JSON.stringify(wire.body)).toBe(world.server.requests[0]?.bodyText);
      expect(world.server.requests[0]?.bodyText).toContain("Be kind.");
    },
  );
});
