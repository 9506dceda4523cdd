import type { ChatClient, WireRequest } from "@mi/clients";
import type { EcsId, EntityRegistry } from "@mi/ecs";
import { ChatThread } from "../entities/chat-thread.ts";
import { RawOutput } from "../entities/raw-output.ts";
import { threadsError } from "../errors.ts";
import { chatRequest } from "./chat-request.ts";
import { requestHash } from "./request-hash.ts";

/**
 * The request that a raw output answers, byte for byte: `JSON.stringify` of its body is what was sent. It is made again
 * from the version of the thread that was sent, and checked against the hash that was kept.
 *
 * @param client one of the provider that was asked
 * @throws MiError of code MI_THREADS_REQUEST_MISMATCH when the client words requests differently than the one that sent
 *   it did; what `EntityRegistry.getOrThrow` throws
 */
export async function rebuildRequest(
  registry: EntityRegistry,
  rawOutput: RawOutput | EcsId,
  client: ChatClient,
): Promise<WireRequest> {
  const kept =
    typeof rawOutput === "string" ? await registry.getOrThrow(RawOutput, rawOutput) : rawOutput;
  const thread = await registry.getOrThrow(ChatThread, kept.chatThreadId);
  const wire = client.encodeRequest(chatRequest(thread));
  const actual = requestHash(wire);
  if (actual === kept.requestHash) return wire;
  throw threadsError(
    "MI_THREADS_REQUEST_MISMATCH",
    `The request of RawOutput ${kept.ecsId} can't be rebuilt: it went to ${kept.client}, and this client of ${client.provider} makes other bytes of ChatThread version ${kept.chatThreadId}; use the client that sent it`,
    {
      details: {
        rawOutput: kept.ecsId,
        chatThreadId: kept.chatThreadId,
        provider: client.provider,
        expected: kept.requestHash,
        actual,
      },
    },
  );
}
