import { getEventListeners } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { OpenAIClient } from "../src/openai/openai-client.ts";
import { startChatServer } from "../src/testing/chat-server.ts";
import { failureOf, hello, withChatServer } from "./with-chat-server.ts";

const stallBefore = { type: "fault", fault: "stall_before_headers" } as const;
const stallInside = { type: "fault", fault: "stall_in_body" } as const;

describe("the deadline", () => {
  test("ends a call whose headers never come", async () => {
    await withChatServer(stallBefore, async (client) => {
      expect(await failureOf(client.complete(hello, { timeoutMs: 50 }))).toMatchObject({
        code: "MI_CLIENT_TIMEOUT",
        retryable: true,
        status: undefined,
        message: expect.stringMatching(/no answer within 50 ms/),
      });
    });
  });

  test("ends a call whose body stalls, and keeps what came of it", async () => {
    await withChatServer(stallInside, async (client) => {
      expect(await failureOf(client.complete(hello, { timeoutMs: 200 }))).toMatchObject({
        code: "MI_CLIENT_TIMEOUT",
        status: 200,
        body: expect.stringMatching(/^\{"id":"chatcmpl-1"/),
      });
    });
  });

  test("ends a call whose error body stalls", async () => {
    await withChatServer({ ...stallInside, status: 500 }, async (client) => {
      expect(await failureOf(client.complete(hello, { timeoutMs: 200 }))).toMatchObject({
        code: "MI_CLIENT_TIMEOUT",
        status: 500,
      });
    });
  });

  test("of the client holds where the call names none", async () => {
    await withChatServer(
      stallBefore,
      async (client) => {
        expect(await failureOf(client.complete(hello))).toMatchObject({
          code: "MI_CLIENT_TIMEOUT",
        });
      },
      { client: { timeoutMs: 50 } },
    );
  });

  test("holds though fetch pays no attention to its signal", async () => {
    const client = new OpenAIClient({
      baseURL: "http://127.0.0.1:1",
      fetch: () => new Promise(() => {}),
    });
    expect(await failureOf(client.complete(hello, { timeoutMs: 20 }))).toMatchObject({
      code: "MI_CLIENT_TIMEOUT",
    });
  });
});

describe("the caller's signal", () => {
  test("aborted before the call, sends nothing", async () => {
    await withChatServer({ type: "message" }, async (client, server) => {
      const error = await failureOf(client.complete(hello, { signal: AbortSignal.abort() }));
      expect(error).toMatchObject({ code: "MI_CLIENT_ABORTED", retryable: false });
      expect(server.requestCount).toBe(0);
    });
  });

  test.each([stallBefore, stallInside])(
    "aborts a call at $fault, and the server sees it go",
    async (reply) => {
      const controller = new AbortController();
      const reason = new Error("not needed any more");
      let arrived: () => void = () => {};
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      const respond = () => {
        arrived();
        return reply;
      };
      await withChatServer(respond, async (client) => {
        const failing = failureOf(client.complete(hello, { signal: controller.signal }));
        await arrival;
        controller.abort(reason);
        expect(await failing).toMatchObject({ code: "MI_CLIENT_ABORTED", cause: reason });
      });
    },
  );

  test("carries one listener for a thousand calls, and none after them", async () => {
    const controller = new AbortController();
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.name);
    process.on("warning", onWarning);
    const all = 1_000;
    let here = 0;
    let allHere: () => void = () => {};
    const together = new Promise<void>((resolve) => (allHere = resolve));
    const server = await startChatServer({
      respond: async () => {
        here += 1;
        if (here === all) allHere();
        await together;
        return { type: "message", content: "Hello" };
      },
      keepRequests: 0,
    });
    const mostListeners = { onFetch: 0 };
    const client = new OpenAIClient({
      baseURL: server.url,
      fetch: (url, init) => {
        if (init?.signal) {
          const listeners = getEventListeners(init.signal, "abort").length;
          mostListeners.onFetch = Math.max(mostListeners.onFetch, listeners);
        }
        return fetch(url, init);
      },
    });
    try {
      const calls = Array.from({ length: all }, () =>
        client.complete(hello, { signal: controller.signal }),
      );
      await together;
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
      const answers = await Promise.all(calls);
      expect(answers.every(({ content }) => content === "Hello")).toBe(true);
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
      expect(mostListeners.onFetch).toBeLessThanOrEqual(1);
      expect(warnings).not.toContain("MaxListenersExceededWarning");
    } finally {
      process.off("warning", onWarning);
      await server.close();
    }
  });

  test("aborts many calls at once", async () => {
    const controller = new AbortController();
    await withChatServer(stallBefore, async (client) => {
      const calls = Array.from({ length: 50 }, () =>
        failureOf(client.complete(hello, { signal: controller.signal })),
      );
      controller.abort();
      const errors = await Promise.all(calls);
      for (const error of errors) expect(error).toMatchObject({ code: "MI_CLIENT_ABORTED" });
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });
});
