import { isSuccess, newHttpExchange } from "../http/http-exchange.ts";
import { Secrets } from "../http/secrets.ts";
import type { JsonValue } from "../json.ts";
import { faultError, statusError, type FailedCall } from "./call-errors.ts";
import type { ChatAnswer } from "./chat-answer.ts";
import type { DecodeContext } from "./chat-client.ts";
import type { ChatProvider } from "./complete-chat.ts";
import { ResponseFault } from "./response-fault.ts";

/** Decodes a body that was kept earlier; what fails now fails as it would have when it came. */
export function decodeKept(
  provider: ChatProvider,
  raw: JsonValue,
  context: DecodeContext,
): ChatAnswer {
  const status = context.status ?? 200;
  const now = provider.clock.now();
  if (!isSuccess(status)) {
    const error = provider.readError(raw);
    throw statusError(keptCall(provider, raw, context), { status, error, now });
  }
  try {
    return provider.decode(raw);
  } catch (error) {
    const fault = ResponseFault.of(error);
    if (fault === undefined) throw error;
    throw faultError(keptCall(provider, raw, context), fault.reason, now);
  }
}

function keptCall(provider: ChatProvider, raw: JsonValue, context: DecodeContext): FailedCall {
  const { baseURL, timeoutMs, secrets } = provider;
  const text = typeof raw === "string" ? raw : JSON.stringify(raw);
  return {
    provider: provider.provider,
    baseURL,
    url: context.url === undefined ? baseURL : withoutQuery(context.url),
    timeoutMs,
    exchange: { ...newHttpExchange(), status: context.status ?? 200, text },
    secrets: new Secrets(secrets),
    requestId: context.requestId,
    attempts: [],
  };
}

function withoutQuery(text: string): string {
  if (!URL.canParse(text)) return "";
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
