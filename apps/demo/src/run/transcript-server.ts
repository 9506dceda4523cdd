import { Worker } from "node:worker_threads";
import type { Transcript } from "@mi/clients/testing";
import type { CanonicalMessage } from "../input/canonical-message.ts";
import type { Conversation } from "../input/conversation.ts";

export interface TranscriptServer {
  /** The base URL for a client. */
  readonly url: string;
  close(): Promise<void>;
}

/** How a request says which conversation it belongs to: two of them may begin alike. */
export function conversationHeader(name: string): Readonly<Record<string, string>> {
  return { "x-conversation-id": headerName(name) };
}

/**
 * A chat completions server on 127.0.0.1 that answers with what these conversations answered. It has a thread of its own,
 * so that its work and ours don't wait for each other.
 */
export async function startTranscriptServer(
  conversations: readonly Conversation[],
): Promise<TranscriptServer> {
  const transcripts: Transcript[] = conversations.map(({ name, messages }) => ({
    id: headerName(name),
    messages: messages.map(wireMessage),
  }));
  const file = import.meta.resolve("#transcript-server-thread");
  const worker = new Worker(new URL(file), { workerData: transcripts });
  const url = await new Promise<string>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return {
    url,
    close: async () => {
      await worker.terminate();
    },
  };
}

/** A header can't carry every name; encoded always, so that no encoded name equals another one's plain form. */
function headerName(name: string): string {
  return encodeURIComponent(name);
}

function wireMessage({ role, content, toolCalls, toolCallId }: CanonicalMessage) {
  const calls = toolCalls.map(({ id, name, arguments: text }) => {
    return { id, type: "function", function: { name, arguments: text } };
  });
  return { role, content, tool_calls: calls, tool_call_id: toolCallId };
}
