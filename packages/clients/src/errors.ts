import type { ChatAttempt, LLMClientName } from "./chat/chat-client.ts";
import type { JsonValue } from "./json.ts";

/** Everything that `@mi/clients` throws on purpose; the README lists what each means and what to do. */
export type ClientErrorCode =
  | "MI_CLIENT_CONFIGURATION"
  | "MI_CLIENT_INVALID_REQUEST"
  | "MI_CLIENT_MISSING_KEY"
  | "MI_CLIENT_TEST_SCRIPT"
  | "MI_CLIENT_TEST_SERVER"
  | ApiCallErrorCode;

/** The codes of a call that gave no answer. */
export type ApiCallErrorCode =
  | "MI_CLIENT_ABORTED"
  | "MI_CLIENT_CONNECTION"
  | "MI_CLIENT_HTTP_STATUS"
  | "MI_CLIENT_MALFORMED_RESPONSE"
  | "MI_CLIENT_PROVIDER_ERROR"
  | "MI_CLIENT_TIMEOUT";

const brand = Symbol.for("@mi/error");

/**
 * The base of every error that an `@mi` package throws on purpose; the same brand in each of them. Ask `MiError.is(e)` or
 * compare `e.code`: `instanceof` fails between two installed copies of a package and between realms.
 */
export class MiError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether this is an error of any `@mi` package, also of another copy of it. */
  static is(value: unknown): value is MiError {
    return typeof value === "object" && value !== null && brand in value;
  }

  /** Name, code, message and details: what a log keeps of it. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, code: this.code, message: this.message, details: this.details };
  }
}

/** What is known about a call that failed. Whatever came from outside has had the keys taken out already. */
export interface ApiCallFailure {
  readonly provider: LLMClientName;
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  readonly body?: JsonValue | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly retryable: boolean;
  readonly providerCode?: string | undefined;
  readonly providerType?: string | undefined;
  readonly attempts?: readonly ChatAttempt[] | undefined;
  readonly cause?: unknown;
}

/** Longer bodies (an HTML page, say) stay whole in `body` and are cut in `details`, which is what gets logged. */
const longestBodyInDetails = 2_000;

/**
 * A call to a provider that gave no answer; `code` says how it failed.
 *
 * No field, message, cause or JSON form of it holds an API key, even where the server sent the key back.
 */
export class ApiCallError extends MiError<ApiCallErrorCode> {
  readonly provider: LLMClientName;
  /** Where the request went, without query and credentials. */
  readonly url: string | undefined;
  /** The HTTP status, also when the fault came later (a cut or late body); `undefined` when no answer began. */
  readonly status: number | undefined;
  /** What came of the body: parsed if it is whole and JSON, else the text; `undefined` when no answer began. */
  readonly body: JsonValue | undefined;
  readonly requestId: string | undefined;
  /** How long the server asked to wait, in milliseconds. Not bounded here. */
  readonly retryAfterMs: number | undefined;
  /** The same request may succeed later. */
  readonly retryable: boolean;
  /** The provider's own name of the fault (`rate_limit_exceeded`, `content_filter`), as text. */
  readonly providerCode: string | undefined;
  readonly providerType: string | undefined;
  readonly attempts: readonly ChatAttempt[];

  constructor(code: ApiCallErrorCode, message: string, failure: ApiCallFailure) {
    const { provider, url, status, requestId, retryAfterMs, retryable } = failure;
    const { providerCode, providerType, body, cause } = failure;
    const known = { provider, url, status, requestId, retryAfterMs, retryable, providerCode };
    const details = { ...known, providerType, body: shortened(body) };
    super(code, message, cause === undefined ? { details } : { details, cause });
    this.provider = provider;
    this.url = url;
    this.status = status;
    this.body = body;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.retryable = retryable;
    this.providerCode = providerCode;
    this.providerType = providerType;
    this.attempts = failure.attempts ?? [];
  }
}

function shortened(body: JsonValue | undefined): JsonValue | undefined {
  if (body === undefined) return undefined;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  if (text.length <= longestBodyInDetails) return body;
  return `${text.slice(0, longestBodyInDetails)}… (${text.length} characters in all)`;
}
