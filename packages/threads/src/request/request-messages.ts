import type { ChatRequestMessage } from "@mi/clients";
import type { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";

/** The messages that a request of this thread carries. What is still in `newMessage` is none of them. */
export function requestMessages(thread: ChatThread): readonly ChatRequestMessage[] {
  const history = thread.useHistory ? thread.history : turnUnderWay(thread.history);
  const system = systemMessage(thread);
  return [...(system === undefined ? [] : [system]), ...history.map(requestMessage)];
}

function systemMessage({ systemPrompt, llmConfig }: ChatThread): ChatRequestMessage | undefined {
  if (systemPrompt === null) return undefined;
  const { client, reasoner } = llmConfig;
  // OpenAI's reasoning models take their instructions from the developer.
  const isDeveloper = reasoner && (client === "openai" || client === "azure_openai");
  return { role: isDeveloper ? "developer" : "system", content: systemPrompt.content };
}

function turnUnderWay(history: readonly ChatMessage[]): readonly ChatMessage[] {
  const start = history.findLastIndex((message) => message.role === "user");
  return start === -1 ? history : history.slice(start);
}

function requestMessage(message: ChatMessage): ChatRequestMessage {
  const { role, content } = message;
  switch (role) {
    case "system":
    case "user":
      return { role, content: content ?? "" };
    case "tool":
      return { role, content: content ?? "", toolCallId: message.oaiToolCallId ?? "" };
    case "assistant": {
      const calls = message.toolCalls.map((call) => ({
        id: call.id,
        name: call.name,
        arguments: call.arguments,
      }));
      return calls.length === 0 ? { role, content } : { role, content, toolCalls: calls };
    }
  }
}
