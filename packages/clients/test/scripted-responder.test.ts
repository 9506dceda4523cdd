import { expect, test } from "@jest/globals";
import { scriptedResponder } from "../src/testing/scripted-responder.ts";
import { failureOf, hello, withChatServer } from "./with-chat-server.ts";

test("a script answers step by step, and is done when all of it was asked for", async () => {
  const script = scriptedResponder([
    { type: "message", content: "one" },
    { reply: { type: "message", content: "two" }, expect: ({ number }) => expect(number).toBe(2) },
  ]);
  await withChatServer(script, async (client) => {
    expect((await client.complete(hello)).content).toBe("one");
    expect(() => script.assertDone()).toThrow(/1 of 2 steps were not asked for/);
    expect((await client.complete(hello)).content).toBe("two");
    script.assertDone();
  });
});

test("a request after the last step is refused, and told of at the end", async () => {
  const script = scriptedResponder([]);
  await withChatServer(script, async (client) => {
    expect(await failureOf(client.complete(hello))).toMatchObject({
      code: "MI_CLIENT_HTTP_STATUS",
      status: 400,
      providerCode: "unexpected_request",
      retryable: false,
    });
    expect(() => script.assertDone()).toThrow(
      expect.objectContaining({
        code: "MI_CLIENT_TEST_SCRIPT",
        message: expect.stringContaining("request 1"),
      }),
    );
  });
});

test("a request that is not what its step expects is refused, and told of at the end", async () => {
  const script = scriptedResponder([
    {
      reply: { type: "message" },
      expect: () => {
        throw new Error("no tools offered");
      },
    },
  ]);
  await withChatServer(script, async (client) => {
    expect(await failureOf(client.complete(hello))).toMatchObject({ status: 400 });
    expect(() => script.assertDone()).toThrow(/step 1 expects: Error: no tools offered/);
  });
});
