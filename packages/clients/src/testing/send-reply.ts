import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChatServerReply, FaultReply } from "./chat-server-reply.ts";
import { completionBody } from "./completion-body.ts";
import type { RecordedRequest } from "./recorded-request.ts";

export interface ReplyContext {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly now: () => number;
  /** Fires when the connection is gone. */
  readonly signal: AbortSignal;
}

/** Carries a reply out on the wire. */
export async function sendReply(reply: ChatServerReply, context: ReplyContext): Promise<void> {
  if (reply.delayMs !== undefined && !(await waited(reply.delayMs, context.signal))) return;
  switch (reply.type) {
    case "message":
      send(context, 200, JSON.stringify(completionBody(reply, context.request, context.now())));
      return;
    case "raw": {
      const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
      send(context, reply.status ?? 200, text, reply.headers);
      return;
    }
    case "fault":
      fail(reply, context);
  }
}

function send(
  { response, request }: ReplyContext,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "x-request-id": `req_${request.number}`,
    ...headers,
  });
  response.end(text);
}

function fail(reply: FaultReply, { response, request, now }: ReplyContext): void {
  if (reply.fault === "stall_before_headers") return;
  if (reply.fault === "cut_before_headers") {
    response.destroy();
    return;
  }
  const text = JSON.stringify(
    completionBody({ type: "message", content: "This answer breaks off." }, request, now()),
  );
  response.writeHead(reply.status ?? 200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "x-request-id": `req_${request.number}`,
  });
  response.write(text.slice(0, Math.floor(text.length / 2)), () => {
    if (reply.fault === "cut_in_body") response.destroy();
  });
}

/** False when the wait was broken off. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
