import { describe, expect, test } from "@jest/globals";
import { scriptedResponder } from "@mi/clients/testing";
import { ChatMessage, ChatThread, LLMConfig, RawOutput } from "@mi/threads";
import { dialog, idOf, only, says, storages, textThread, withWorld } from "./fixtures/world.ts";

describe.each(storages)("a text turn on %s", (kind) => {
  test("sends system prompt, history and settings, and appends the answer", async () => {
    const script = scriptedResponder([says("Hello."), says("Bye.")]);
    await withWorld(kind, script, async ({ orchestrator, registry, server }) => {
      const thread = textThread();
      const running = orchestrator();
      const first = only(await running.run([thread]));
      expect(first).toMatchObject({
        content: "Hello.",
        toolCalls: [],
        error: null,
        stoppedBy: "stop",
        llmClient: "openai",
        chatThreadLiveId: thread.liveId,
      });
      expect(thread.newMessage).toBeNull();
      thread.newMessage = "Bye";
      await running.run([thread]);
      expect(server.requests[1]?.body).toEqual({
        model: "gpt-4o",
        messages: [
          { role: "system", content: "Be short." },
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello." },
          { role: "user", content: "Bye" },
        ],
        max_tokens: 400,
        temperature: 0,
      });
      const loaded = await registry.getOrThrow(ChatThread, thread.ecsId);
      expect(dialog(loaded)).toEqual([
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello." },
        { role: "user", content: "Bye" },
        { role: "assistant", content: "Bye." },
      ]);
      script.assertDone();
    });
  });

  test("links each message to the one before it and to its thread", async () => {
    await withWorld(
      kind,
      () => says("Yes."),
      async ({ orchestrator }) => {
        const thread = textThread();
        await orchestrator().run([thread]);
        const [question, answer] = thread.history;
        expect(question?.isConversationRoot).toBe(true);
        expect(answer?.isConversationRoot).toBe(false);
        expect(answer?.parentMessageUuid).toBe(question?.lineageId);
        expect(answer?.chatThreadId).toBe(thread.lineageId);
      },
    );
  });

  test("keeps what the answer cost, and null for what the service did not say", async () => {
    const usage = {
      prompt_tokens: 20,
      completion_tokens: 7,
      total_tokens: 27,
      prompt_tokens_details: { cached_tokens: 16 },
      completion_tokens_details: { reasoning_tokens: 3, accepted_prediction_tokens: 1 },
    };
    const reply = { type: "message", content: "Yes.", usage } as const;
    await withWorld(
      kind,
      () => reply,
      async ({ orchestrator, registry }) => {
        const thread = textThread();
        const output = only(await orchestrator().run([thread]));
        const loaded = await registry.getOrThrow(ChatThread, thread.ecsId);
        const expected = {
          model: "gpt-4o",
          promptTokens: 20,
          completionTokens: 7,
          totalTokens: 27,
          cacheCreationInputTokens: null,
          cacheReadInputTokens: null,
          acceptedPredictionTokens: 1,
          audioTokens: null,
          reasoningTokens: 3,
          rejectedPredictionTokens: null,
          cachedTokens: 16,
        };
        expect(loaded.history[1]?.usage).toEqual(expected);
        expect(output.usage?.ecsId).toBe(loaded.history[1]?.usage?.ecsId);
      },
    );
  });

  test("counts that are no numbers, or none at all, are no reason to lose the answer", async () => {
    const replies = [
      { type: "message", content: "a", usage: null },
      { type: "message", content: "b", usage: { prompt_tokens: -1, completion_tokens: 1.5 } },
    ] as const;
    await withWorld(kind, scriptedResponder(replies), async ({ orchestrator }) => {
      const threads = [textThread(), textThread()];
      const outputs = await orchestrator({ concurrency: 1 }).run(threads);
      expect(outputs.map((output) => output.error)).toEqual([null, null]);
      expect(threads.map((thread) => thread.history[1]?.usage)).toEqual([null, null]);
    });
  });

  test("keeps the response as it came, __proto__ and the order of keys included", async () => {
    const text =
      '{"z":1,"choices":[{"message":{"content":"ok","__proto__":{"b":1,"a":[2]}},"finish_reason":"stop"}],"a":null}';
    const reply = { type: "raw", body: text } as const;
    await withWorld(
      kind,
      () => reply,
      async ({ orchestrator, reopened }) => {
        const { rawOutput } = only(await orchestrator().run([textThread()]));
        const stored = await (await reopened()).getOrThrow(RawOutput, idOf(rawOutput));
        expect(JSON.stringify(stored.rawResult)).toBe(text);
        expect(stored).toMatchObject({ client: "openai", statusCode: 200 });
        expect(stored.timeTaken).toBeGreaterThan(0);
      },
    );
  });

  test("an answer that no field can hold is kept as text", async () => {
    const text =
      '{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1e999}}';
    const reply = { type: "raw", body: text } as const;
    await withWorld(
      kind,
      () => reply,
      async ({ orchestrator }) => {
        const thread = textThread();
        const output = only(await orchestrator().run([thread]));
        expect(output.error).toBeNull();
        expect(output.rawOutput?.rawResult).toBe(text);
        expect(thread.lastMessage?.content).toBe("ok");
      },
    );
  });

  test("content with NUL and half a surrogate pair is stored and sent exactly", async () => {
    const strange = "a\0b\ud800c 😀";
    await withWorld(
      kind,
      () => says(strange),
      async ({ orchestrator, reopened, server }) => {
        const thread = textThread(strange);
        await orchestrator().run([thread]);
        thread.newMessage = "again";
        await orchestrator().run([thread]);
        const loaded = await (await reopened()).getOrThrow(ChatThread, thread.ecsId);
        expect(loaded.history.slice(0, 2).map((message) => message.content)).toEqual([
          strange,
          strange,
        ]);
        expect(server.requests[1]?.body).toMatchObject({
          messages: [{}, { content: strange }, { content: strange }, { content: "again" }],
        });
      },
    );
  });
});

test("without useHistory a request carries the turn under way alone", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, server }) => {
      const thread = textThread("one");
      thread.useHistory = false;
      await orchestrator().run([thread]);
      thread.newMessage = "two";
      await orchestrator().run([thread]);
      expect(server.requests[1]?.body).toMatchObject({
        messages: [
          { role: "system", content: "Be short." },
          { role: "user", content: "two" },
        ],
      });
      expect(thread.history).toHaveLength(4);
    },
  );
});

test("a reasoning model gets an effort and a developer message, no temperature", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, server }) => {
      const thread = textThread();
      thread.llmConfig.reasoner = true;
      await orchestrator().run([thread]);
      const body = server.requests[0]?.body;
      expect(body).toMatchObject({
        messages: [{ role: "developer" }, { role: "user" }],
        max_completion_tokens: 400,
        reasoning_effort: "medium",
      });
      expect(body).not.toHaveProperty("temperature");
    },
  );
});

test("an answer that was cut or refused is appended, and the output says so", async () => {
  const script = scriptedResponder([
    { type: "message", content: "Once upon", finishReason: "length" },
    { type: "message", content: null, refusal: "I can't." },
    { type: "message", content: null, finishReason: "stop" },
  ]);
  await withWorld("memory", script, async ({ orchestrator }) => {
    const threads = [textThread(), textThread(), textThread()];
    const outputs = await orchestrator({ concurrency: 1 }).run(threads);
    expect(outputs.map(({ stoppedBy, content }) => [stoppedBy, content])).toEqual([
      ["length", "Once upon"],
      ["refusal", "I can't."],
      ["stop", null],
    ]);
    expect(threads.map((thread) => thread.lastMessage?.content)).toEqual([
      "Once upon",
      "I can't.",
      "",
    ]);
  });
});

test("a history of any roles and contents is sent as it is", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator, server }) => {
      const thread = new ChatThread({
        llmConfig: new LLMConfig({ client: "openai", model: "m" }),
        history: [
          new ChatMessage({ role: "system", content: "later rule" }),
          new ChatMessage({ role: "user", content: "" }),
          new ChatMessage({
            role: "assistant",
            content: null,
            toolCalls: [{ id: "c", name: "f", arguments: ' {"a": 1}' }],
          }),
          new ChatMessage({ role: "tool", content: "", oaiToolCallId: "c" }),
          new ChatMessage({ role: "assistant", content: "" }),
        ],
        newMessage: "go",
      });
      await orchestrator().run([thread]);
      expect(server.requests[0]?.body).toMatchObject({
        messages: [
          { role: "system", content: "later rule" },
          { role: "user", content: "" },
          {
            role: "assistant",
            content: null,
            tool_calls: [
              { id: "c", type: "function", function: { name: "f", arguments: ' {"a": 1}' } },
            ],
          },
          { role: "tool", content: "", tool_call_id: "c" },
          { role: "assistant", content: "" },
          { role: "user", content: "go" },
        ],
      });
    },
  );
});
