import { ApiCallError, type ApiCallErrorCode } from "../errors.ts";
import { readFailure } from "../http/connection-failure.ts";
import type { HttpExchange } from "../http/http-exchange.ts";
import { readRetryAfter } from "../http/retry-after.ts";
import { isRetryable } from "../http/retryable.ts";
import type { Secrets } from "../http/secrets.ts";
import { parseJson, type JsonValue } from "../json.ts";
import type { ChatAttempt, LLMClientName } from "./chat-client.ts";
import type { ProviderError, ResponseFaultReason } from "./response-fault.ts";

/** All that is known of a call when its error is made. */
export interface FailedCall {
  readonly provider: LLMClientName;
  readonly baseURL: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly exchange: HttpExchange;
  readonly secrets: Secrets;
  readonly requestId: string | undefined;
  readonly attempts: readonly ChatAttempt[];
}

export function connectionError(call: FailedCall, error: unknown): ApiCallError {
  const cause = call.secrets.redactCause(error);
  const { code, message } = readFailure(cause);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return failed(call, "MI_CLIENT_TIMEOUT", {
      message: `fetch stopped waiting for ${call.provider} at ${call.baseURL} by a limit of its own (${code}); give the client a { fetch } that waits longer`,
      retryable: true,
      cause,
    });
  }
  const reason = code === undefined || message.includes(code) ? message : `${code}: ${message}`;
  const text =
    call.exchange.status === undefined
      ? `Cannot reach ${call.provider} at ${call.baseURL} (${reason}); check that the server runs and that the base URL is right`
      : `The connection to ${call.provider} at ${call.baseURL} broke while its answer came in (${reason}); send the request again`;
  return failed(call, "MI_CLIENT_CONNECTION", { message: text, retryable: true, cause });
}

export function timeoutError(call: FailedCall): ApiCallError {
  const stage = call.exchange.status === undefined ? "no answer" : "no whole answer";
  const message = `${call.provider} at ${call.baseURL} gave ${stage} within ${call.timeoutMs} ms; send the request again, or raise timeoutMs`;
  return failed(call, "MI_CLIENT_TIMEOUT", { message, retryable: true });
}

export function abortedError(call: FailedCall, reason: unknown): ApiCallError {
  const message = `The call to ${call.provider} at ${call.baseURL} was aborted by its caller`;
  const cause = call.secrets.redactCause(reason);
  return failed(call, "MI_CLIENT_ABORTED", { message, retryable: false, cause });
}

export interface StatusFault {
  readonly status: number;
  readonly error: ProviderError | undefined;
  readonly now: number;
  /** What broke the connection before the body was whole. */
  readonly cause?: unknown;
}

/** An answer of another status than 2xx. */
export function statusError(call: FailedCall, fault: StatusFault): ApiCallError {
  const { status, error, now, cause } = fault;
  const { headers, text } = call.exchange;
  const said = call.secrets.redact(error?.message ?? text);
  return failed(call, "MI_CLIENT_HTTP_STATUS", {
    message: `${call.provider} answered ${status} at ${call.url}: ${excerpt(said)}${advice(status)}`,
    retryable: isRetryable({ status, headers, codes: [error?.code, error?.type] }),
    error,
    retryAfterMs: readRetryAfter(headers, said, now),
    cause: call.secrets.redactCause(cause),
  });
}

/** An answer of status 2xx that holds no answer. */
export function faultError(
  call: FailedCall,
  reason: ResponseFaultReason,
  now: number,
): ApiCallError {
  const { headers } = call.exchange;
  if (reason.kind === "malformed") {
    return failed(call, "MI_CLIENT_MALFORMED_RESPONSE", {
      message: `${call.provider} at ${call.url} answered with something else than a chat completion: ${reason.problem}; check that the base URL is right`,
      retryable: true,
    });
  }
  const { error } = reason;
  const said = call.secrets.redact(error.message ?? "");
  const code = error.code === undefined ? "" : ` (${error.code})`;
  const status = call.exchange.status ?? 200;
  return failed(call, "MI_CLIENT_PROVIDER_ERROR", {
    message: `${call.provider} at ${call.url} answered ${status} with an error${code}: ${excerpt(said)}`,
    retryable: isRetryable({ status, headers, codes: [error.code, error.type] }),
    error,
    retryAfterMs: readRetryAfter(headers, said, now),
  });
}

interface KnownOfFailure {
  readonly message: string;
  readonly retryable: boolean;
  readonly error?: ProviderError | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

function failed(call: FailedCall, code: ApiCallErrorCode, known: KnownOfFailure): ApiCallError {
  const { provider, url, exchange, secrets, requestId, attempts } = call;
  const { retryAfterMs, retryable, cause } = known;
  const clean = (text: string | undefined) =>
    text === undefined ? undefined : secrets.redact(text);
  return new ApiCallError(code, secrets.redact(known.message), {
    provider,
    url,
    status: exchange.status,
    body: exchange.status === undefined ? undefined : bodyOf(secrets.redact(exchange.text)),
    requestId,
    retryAfterMs,
    retryable,
    providerCode: clean(known.error?.code),
    providerType: clean(known.error?.type),
    attempts,
    cause,
  });
}

function bodyOf(text: string): JsonValue {
  const value = parseJson(text);
  // Not `??`: a body of `null` is JSON.
  return value === undefined ? text : value;
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "no message";
  return line.length <= 500 ? line : `${line.slice(0, 500)}…`;
}

function advice(status: number): string {
  if (status === 401 || status === 403) return " (check the API key)";
  if (status === 404) return " (check the model name and the base URL)";
  return "";
}
