import { Secrets } from "../http/secrets.ts";
import type { JsonValue } from "../json.ts";
import { faultError } from "./call-errors.ts";
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
  try {
    return provider.decode(raw);
  } catch (error) {
    const fault = ResponseFault.of(error);
    if (fault === undefined) throw error;
    const { baseURL, timeoutMs, secrets } = provider;
    const call = {
      provider: provider.provider,
      baseURL,
      url: context.url === undefined ? baseURL : withoutQuery(context.url),
      timeoutMs,
      exchange: { status: context.status ?? 200, headers: undefined, text: JSON.stringify(raw) },
      secrets: new Secrets(secrets),
      requestId: context.requestId,
      attempts: [],
    };
    throw faultError(call, fault.reason, provider.clock.now());
  }
}

function withoutQuery(text: string): string {
  if (!URL.canParse(text)) return "";
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
