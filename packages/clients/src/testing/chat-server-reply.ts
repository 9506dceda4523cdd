import type { FinishReason } from "../chat/chat-answer.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/** A tool call in a completion. */
export interface ReplyToolCall {
  /** Default: one made from the request's number and the call's place. */
  readonly id?: string | undefined;
  readonly name: string;
  /** Sent as it is, JSON or not. */
  readonly arguments: string;
}

/** A well-formed completion. */
export interface MessageReply {
  readonly type: "message";
  /** Default: null. */
  readonly content?: string | null | undefined;
  readonly toolCalls?: readonly ReplyToolCall[] | undefined;
  readonly refusal?: string | undefined;
  /** Default: `tool_calls` if there are any, else `stop`. Any text is sent as it is. */
  readonly finishReason?: FinishReason | (string & {}) | undefined;
  /** The usage object on the wire; `null` sends none. Default: an estimate from the lengths of request and answer. */
  readonly usage?: JsonObject | null | undefined;
  readonly delayMs?: number | undefined;
}

/** Any answer at all. Text goes out as it is, everything else as JSON. */
export interface RawReply {
  readonly type: "raw";
  /** Default: 200. */
  readonly status?: number | undefined;
  /** Default: `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: JsonValue;
  readonly delayMs?: number | undefined;
}

/**
 * A connection that fails. `cut_…` ends it, `stall_…` keeps it open and silent until the other side gives up or the server
 * closes. `…_before_headers` sends nothing, `…_in_body` half of a completion.
 */
export interface FaultReply {
  readonly type: "fault";
  readonly fault: "cut_before_headers" | "cut_in_body" | "stall_before_headers" | "stall_in_body";
  /** Of the answer that breaks off in its body. Default: 200. */
  readonly status?: number | undefined;
  readonly delayMs?: number | undefined;
}

/** What a test server can answer. */
export type ChatServerReply = MessageReply | RawReply | FaultReply;

/** Answers one request. If it throws, the server answers 500 with the message. */
export type ChatResponder = (
  request: RecordedRequest,
) => ChatServerReply | Promise<ChatServerReply>;
