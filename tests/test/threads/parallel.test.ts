import { expect, test } from "@jest/globals";
import { ChatThread } from "@mi/threads";
import { scriptedResponder } from "@mi/clients/testing";
import type { ChatServerReply, RecordedRequest } from "@mi/clients/testing";
import { addingThread, calls, only, says, textThread, withWorld } from "./fixtures/world.ts";

test("outputs stand in the order of the threads, whatever order the answers come in", async () => {
  const waiting: ((reply: ChatServerReply) => void)[] = [];
  const respond = ({ bodyText }: RecordedRequest): Promise<ChatServerReply> =>
    new Promise((resolve) => {
      const [, name = ""] = /question (\d)/.exec(bodyText) ?? [];
      waiting[Number(name)] = () => resolve(says(`answer ${name}`));
      // All five are under way: the last one is answered first.
      if (Object.keys(waiting).length === 5) answerFrom(4);
    });
  const answerFrom = (index: number): void => waiting[index]?.(says(""));
  await withWorld("memory", respond, async ({ orchestrator }) => {
    const threads = Array.from({ length: 5 }, (_, i) => textThread(`question ${i}`));
    const ended: ChatThread[] = [];
    const outputs = await orchestrator().run(threads, {
      onProgress: (event) => {
        if (event.type !== "thread-end") return;
        ended.push(event.thread);
        answerFrom(4 - ended.length);
      },
    });
    expect(ended).toEqual(threads.toReversed());
    expect(outputs.map((output) => output.content)).toEqual(threads.map((_, i) => `answer ${i}`));
    expect(outputs.map((output) => output.chatThreadLiveId)).toEqual(
      threads.map((thread) => thread.liveId),
    );
  });
});

test.each([1, 7])("no more than %d threads are under way at once", async (concurrency) => {
  let underWay = 0;
  let most = 0;
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      const threads = Array.from({ length: 30 }, () => textThread());
      await orchestrator({ concurrency }).run(threads, {
        onProgress: ({ type }) => {
          if (type === "thread-start") most = Math.max(most, ++underWay);
          if (type === "thread-end") underWay--;
        },
      });
      expect([most, underWay]).toEqual([concurrency, 0]);
    },
  );
});

test("200 threads with tools and shared settings run at once, each with its own answers", async () => {
  const respond = ({ body }: RecordedRequest): ChatServerReply => {
    const text = JSON.stringify(body);
    const [, n = ""] = /question (\d+)\./.exec(text) ?? [];
    return text.includes('"role":"tool"')
      ? says(`done ${n}`)
      : calls(["add", { a: Number(n), b: 1 }]);
  };
  await withWorld("sqlite", respond, async (world) => {
    const first = addingThread(world, "question 0.");
    const threads = [first];
    for (let i = 1; i < 200; i++)
      threads.push(
        new ChatThread({
          llmConfig: first.llmConfig,
          tools: [...first.tools],
          newMessage: `question ${i}.`,
        }),
      );
    const outputs = await world.orchestrator({ concurrency: 200 }).run(threads);
    expect(outputs.map((output) => output.content)).toEqual(threads.map((_, i) => `done ${i}`));
    const registry = await world.reopened();
    const stored = await registry.getMany(
      ChatThread,
      threads.map((thread) => thread.ecsId),
    );
    expect(stored.map((thread) => thread?.history.at(2)?.content)).toEqual(
      threads.map((_, i) => `{"result":${i + 1}}`),
    );
    // 200 times: user, raw, assistant, usage, tool, raw, assistant, usage and 3 threads; settings and tool once.
    expect(await registry.status()).toMatchObject({ versions: 200 * 11 + 2, commits: 200 * 5 });
  });
}, 120_000);

test("threads in different formats run side by side", async () => {
  const respond = ({ body }: RecordedRequest): ChatServerReply =>
    JSON.stringify(body).includes('"tools"') ? says("with tools") : says("plain");
  await withWorld("memory", respond, async (world) => {
    const outputs = await world.orchestrator().run([textThread(), addingThread(world)]);
    expect(outputs.map((output) => output.content)).toEqual(["plain", "with tools"]);
  });
});

test("an empty list of threads is an empty list of outputs", async () => {
  await withWorld(
    "memory",
    () => says("ok"),
    async ({ orchestrator }) => {
      expect(await orchestrator().run([])).toEqual([]);
    },
  );
});

test("headers go with every request of their thread", async () => {
  const script = scriptedResponder([calls(["add", { a: 1, b: 1 }]), says("2")]);
  await withWorld("memory", script, async (world) => {
    const thread = addingThread(world);
    thread.name = "t1";
    only(
      await world
        .orchestrator()
        .run([thread], { headers: ({ name }) => ({ "x-conversation-id": name ?? "" }) }),
    );
    const sent = world.server.requests.map((request) => request.headers["x-conversation-id"]);
    expect(sent).toEqual(["t1", "t1"]);
  });
});
