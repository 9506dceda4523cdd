import { isJsonObject, type JsonValue } from "../json.ts";
import type { ChatResponder, ChatServerReply } from "./chat-server-reply.ts";
import { errorBody } from "./completion-body.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import { findDifference } from "./transcript-difference.ts";
import { TranscriptIndex, type Transcript } from "./transcript-index.ts";
import { argumentsText, PrefixHash, type TranscriptMessage } from "./transcript-message.ts";

/**
 * Answers each request with the assistant message that follows exactly these messages in a recorded conversation, else
 * with 400 and the place where the nearest one differs. Compared are role, content, tool calls and `tool_call_id`.
 *
 * Where conversations share a beginning and go on differently, the request's header `x-conversation-id` says which one is
 * meant, as it is or percent-encoded; a request that carries it is compared with that conversation alone.
 *
 * @throws TypeError when two conversations have one id.
 */
export function transcriptResponder(conversations: Iterable<Transcript>): ChatResponder {
  const index = new TranscriptIndex(conversations);
  return (request) => {
    const sent = messagesOf(request.body);
    if (sent === undefined) return refuse("every one of 'messages' must be an object with a role");
    const hash = new PrefixHash();
    for (const message of sent) hash.add(message);
    return answer(index, request, sent, hash.digest());
  };
}

function answer(
  index: TranscriptIndex,
  request: RecordedRequest,
  sent: readonly TranscriptMessage[],
  prefix: string,
): ChatServerReply {
  const header = request.headers["x-conversation-id"];
  if (header !== undefined) {
    const id = index.byId(header) === undefined ? decoded(header) : header;
    const transcript = index.byId(id);
    if (transcript === undefined) return refuse(`there is no conversation ${JSON.stringify(id)}`);
    return index.begins(id, sent.length, prefix)
      ? next(transcript, sent)
      : differs(transcript, sent);
  }
  const continuation = index.continuation(prefix);
  if (continuation?.forks === true) {
    return refuse(
      `several conversations begin with these ${sent.length} messages and go on differently; name one in the header x-conversation-id`,
    );
  }
  if (continuation !== undefined) return next(continuation.transcript, sent);
  const nearest = nearestTranscript(index, sent);
  return nearest === undefined ? refuse("no conversation is recorded") : differs(nearest, sent);
}

/** An id outside ASCII can't travel in a header as it is. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}

function next(transcript: Transcript, sent: readonly TranscriptMessage[]): ChatServerReply {
  const message = transcript.messages[sent.length];
  if (message?.role !== "assistant") return differs(transcript, sent);
  const content = message.content ?? null;
  if (content !== null && typeof content !== "string") {
    return refuse(
      `messages[${sent.length}] is recorded with content that is neither text nor null`,
    );
  }
  const toolCalls = (message.tool_calls ?? []).map((call) => ({
    id: call.id,
    name: call.function.name,
    arguments: argumentsText(call.function.arguments),
  }));
  return { type: "message", content, toolCalls };
}

/** The conversation that shares the most messages with the request; only called when nothing can be answered. */
function nearestTranscript(
  index: TranscriptIndex,
  sent: readonly TranscriptMessage[],
): Transcript | undefined {
  const hash = new PrefixHash();
  let nearest = index.withPrefix(hash.digest());
  for (const message of sent) {
    hash.add(message);
    const longer = index.withPrefix(hash.digest());
    if (longer === undefined) break;
    nearest = longer;
  }
  return nearest;
}

function messagesOf(body: JsonValue): TranscriptMessage[] | undefined {
  const messages: unknown = isJsonObject(body) ? body["messages"] : undefined;
  if (!Array.isArray(messages)) return undefined;
  return messages.every(isTranscriptMessage) ? messages : undefined;
}

function isTranscriptMessage(value: unknown): value is TranscriptMessage {
  if (typeof value !== "object" || value === null || !("role" in value)) return false;
  if (typeof value.role !== "string") return false;
  const calls = "tool_calls" in value ? (value.tool_calls ?? []) : [];
  return Array.isArray(calls) && calls.every(hasFunction);
}

function hasFunction(call: unknown): boolean {
  if (typeof call !== "object" || call === null || !("function" in call)) return false;
  return typeof call.function === "object" && call.function !== null;
}

function differs(transcript: Transcript, sent: readonly TranscriptMessage[]): ChatServerReply {
  const { message, position } = findDifference(transcript, sent);
  return refuse(message, `messages[${position}]`);
}

function refuse(message: string, param: string | null = null): ChatServerReply {
  const body = errorBody(message, "invalid_request_error", "not_recorded", param);
  return { type: "raw", status: 400, body };
}
