import type { JsonValue } from "../json.ts";
import type { ChatAnswer } from "./chat-answer.ts";
import type { ChatRequest, WireRequest } from "./chat-request.ts";

/** The services that this package has a client for. */
export type LLMClientName =
  "openai" | "azure_openai" | "anthropic" | "vllm" | "litellm" | "openrouter";

/** One request that was sent, or tried. Times in milliseconds since 1970, with fractions. */
export interface ChatAttempt {
  readonly startedAt: number;
  readonly endedAt: number;
  /** `undefined` when no answer began. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

export interface ChatCompletion extends ChatAnswer {
  readonly provider: LLMClientName;
  readonly request: WireRequest;
  /** The body as it came, parsed; key order kept. */
  readonly raw: JsonValue;
  /** The body as it came. Differs from `raw` where that cannot hold it: integers over 2^53 are rounded by parsing. */
  readonly rawText: string;
  readonly status: number;
  /** The provider's id of this request, for its support. */
  readonly requestId: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  /** All attempts in order; the last one gave this answer. */
  readonly attempts: readonly ChatAttempt[];
}

/** What one call says besides its request. */
export interface CompleteOptions {
  readonly signal?: AbortSignal | undefined;
  /** From sending to the last byte of the body, in milliseconds. Default: the client's own. */
  readonly timeoutMs?: number | undefined;
  /** Over the client's default headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What `decodeResponse` puts into the error if the body is no answer. */
export interface DecodeContext {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly url?: string | undefined;
}

/** One service: it turns neutral requests into its own words, sends them, and reads its answers. */
export interface ChatClient {
  readonly provider: LLMClientName;

  /**
   * The request in this provider's words. Pure: the same input gives the same bytes.
   *
   * @throws MiError MI_CLIENT_INVALID_REQUEST, naming the field.
   */
  encodeRequest(request: ChatRequest): WireRequest;

  /**
   * The normalised view of a body that was kept earlier. Pure.
   *
   * @throws ApiCallError MI_CLIENT_MALFORMED_RESPONSE or MI_CLIENT_PROVIDER_ERROR, with the body.
   */
  decodeResponse(raw: JsonValue, context?: DecodeContext): ChatAnswer;

  /**
   * Sends the request once and waits for the whole answer.
   *
   * @throws ApiCallError for whatever happens after it was sent; MiError MI_CLIENT_INVALID_REQUEST before.
   */
  complete(request: ChatRequest, options?: CompleteOptions): Promise<ChatCompletion>;
}
