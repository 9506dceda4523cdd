import type { ChatRequest } from "../src/chat/chat-request.ts";
import { OpenAIClient } from "../src/openai/openai-client.ts";
import type { OpenAIClientOptions } from "../src/openai/openai-settings.ts";
import {
  startChatServer,
  type ChatServer,
  type ChatServerOptions,
} from "../src/testing/chat-server.ts";
import type { ChatResponder, ChatServerReply } from "../src/testing/chat-server-reply.ts";

const key = "sk-test-0123456789abcdefghij";

export const hello: ChatRequest = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] };

/** Runs a server that always gives this reply, and a client of it, for the time of one call. */
export async function withChatServer<T>(
  reply: ChatServerReply | ChatResponder,
  use: (client: OpenAIClient, server: ChatServer) => Promise<T>,
  options: {
    client?: OpenAIClientOptions;
    server?: Omit<ChatServerOptions, "respond">;
  } = {},
): Promise<T> {
  const respond = typeof reply === "function" ? reply : () => reply;
  const server = await startChatServer({ ...options.server, respond });
  try {
    const client = new OpenAIClient({ apiKey: key, baseURL: server.url, ...options.client });
    return await use(client, server);
  } finally {
    await server.close();
  }
}

/** What a call rejects with. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`It should have failed, but gave ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
