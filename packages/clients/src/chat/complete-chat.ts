import type { Clock } from "../clock.ts";
import { checkHeaders } from "../http/check-headers.ts";
import { checkTimeout } from "../http/check-timeout.ts";
import { isSuccess, newHttpExchange, type HttpExchange } from "../http/http-exchange.ts";
import { runAttempt, type AttemptOutcome } from "../http/run-attempt.ts";
import { Secrets, secretsOfHeaders } from "../http/secrets.ts";
import { parseJson, type JsonValue } from "../json.ts";
import {
  abortedError,
  connectionError,
  faultError,
  statusError,
  timeoutError,
  type FailedCall,
} from "./call-errors.ts";
import type { ChatAnswer } from "./chat-answer.ts";
import type { ChatCompletion, CompleteOptions, LLMClientName } from "./chat-client.ts";
import type { WireRequest } from "./chat-request.ts";
import { ResponseFault, type ProviderError } from "./response-fault.ts";

/** One attempt as a provider's sender gets it. */
export interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  /** Fires at the deadline and when the caller aborts. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly exchange: HttpExchange;
}

/** What one provider brings; everything around it is the same for all. */
export interface ChatProvider {
  readonly provider: LLMClientName;
  readonly baseURL: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly secrets: readonly string[];
  /** @throws ResponseFault */
  readonly decode: (raw: JsonValue) => ChatAnswer;
  readonly readError: (body: JsonValue | undefined) => ProviderError | undefined;
  /** Fills the exchange with an answer of whatever status; rejects only where the connection fails. */
  readonly send: (wire: WireRequest, sending: Sending) => Promise<void>;
}

/** Sends once, reads all of the answer, checks its shape, and times it. */
export async function completeChat(
  provider: ChatProvider,
  wire: WireRequest,
  options: CompleteOptions,
): Promise<ChatCompletion> {
  const headers = options.headers ?? {};
  checkHeaders(headers, "headers", "MI_CLIENT_INVALID_REQUEST");
  const timeoutMs = checkTimeout(
    options.timeoutMs ?? provider.timeoutMs,
    "MI_CLIENT_INVALID_REQUEST",
  );
  const secrets = new Secrets([...provider.secrets, ...secretsOfHeaders(headers)]);
  const exchange = newHttpExchange();
  const startedAt = provider.clock.now();
  const outcome = await runAttempt(
    (signal) => provider.send(wire, { headers, signal, timeoutMs, exchange }),
    { signal: options.signal, timeoutMs },
  );
  const endedAt = provider.clock.now();
  const requestId = readRequestId(exchange, secrets);
  const attempts = [{ startedAt, endedAt, status: exchange.status, requestId }];
  const url = `${provider.baseURL}${wire.path}`;
  const { baseURL } = provider;
  const call: FailedCall = {
    provider: provider.provider,
    baseURL,
    url,
    timeoutMs,
    exchange,
    secrets,
    requestId,
    attempts,
  };
  const status = successStatus(provider, call, outcome);
  const rawText = secrets.redactAnswer(exchange.text);
  const { raw, answer } = readAnswer(provider, call, rawText);
  const known = { provider: provider.provider, request: wire, raw, rawText, status };
  return { ...answer, ...known, requestId, startedAt, endedAt, attempts };
}

function successStatus(provider: ChatProvider, call: FailedCall, outcome: AttemptOutcome): number {
  const { status, text } = call.exchange;
  if (outcome.kind === "aborted") throw abortedError(call, outcome.reason);
  if (outcome.kind === "timeout") throw timeoutError(call);
  const cause = outcome.kind === "failed" ? (call.exchange.failure ?? outcome.error) : undefined;
  if (status !== undefined && !isSuccess(status)) {
    // Even where the connection broke in the middle of it, the status says more.
    const error = provider.readError(parseJson(text));
    throw statusError(call, { status, error, now: provider.clock.now(), cause });
  }
  if (status === undefined || outcome.kind === "failed") throw connectionError(call, cause);
  return status;
}

function readAnswer(
  provider: ChatProvider,
  call: FailedCall,
  rawText: string,
): { raw: JsonValue; answer: ChatAnswer } {
  try {
    const raw = parseBody(rawText, call.exchange.headers?.get("content-type"));
    return { raw, answer: provider.decode(raw) };
  } catch (error) {
    const fault = ResponseFault.of(error);
    if (fault === undefined) throw error;
    throw faultError(call, fault.reason, provider.clock.now());
  }
}

function parseBody(text: string, contentType: string | null | undefined): JsonValue {
  const value = parseJson(text);
  if (value !== undefined) return value;
  // Not the parser's own message: it quotes the text.
  const problem =
    text.trim() === ""
      ? "the body is empty"
      : `the body is not JSON (${contentType ?? "no content type"}, ${text.length} characters)`;
  throw new ResponseFault({ kind: "malformed", problem });
}

function readRequestId(exchange: HttpExchange, secrets: Secrets): string | undefined {
  const id = exchange.headers?.get("x-request-id") ?? exchange.headers?.get("request-id");
  return id === null || id === undefined ? undefined : secrets.redact(id);
}
