import type { ChatAnswer } from "../chat/chat-answer.ts";
import type {
  ChatClient,
  ChatCompletion,
  CompleteOptions,
  DecodeContext,
} from "../chat/chat-client.ts";
import type { ChatRequest, WireRequest } from "../chat/chat-request.ts";
import { completeChat, type ChatProvider } from "../chat/complete-chat.ts";
import { decodeKept } from "../chat/decode-kept.ts";
import { systemClock } from "../clock.ts";
import type { JsonValue } from "../json.ts";
import { decodeOpenAIResponse } from "./decode-openai-response.ts";
import { encodeOpenAIRequest } from "./encode-openai-request.ts";
import { resolveOpenAISettings, type OpenAIClientOptions } from "./openai-settings.ts";
import { openAITransport } from "./openai-transport.ts";
import { readProviderError } from "./read-provider-error.ts";

/**
 * OpenAI's chat completions, at OpenAI or any server that speaks them.
 *
 * @throws MiError MI_CLIENT_MISSING_KEY when it is made without a key and without a base URL; MI_CLIENT_CONFIGURATION when
 * an option can't be used.
 */
export class OpenAIClient implements ChatClient {
  readonly provider = "openai";
  /** Where requests go, without query. */
  readonly baseURL: string;
  readonly #provider: ChatProvider;

  constructor(options: OpenAIClientOptions = {}) {
    const settings = resolveOpenAISettings(options, process.env);
    const transport = openAITransport(settings, options.fetch);
    this.baseURL = settings.baseURL;
    this.#provider = {
      provider: this.provider,
      baseURL: settings.baseURL,
      timeoutMs: settings.timeoutMs,
      clock: options.clock ?? systemClock,
      secrets: settings.secrets,
      decode: decodeOpenAIResponse,
      readError: readProviderError,
      send: (wire, sending) => transport.exchange(wire, sending),
    };
  }

  encodeRequest(request: ChatRequest): WireRequest {
    return encodeOpenAIRequest(request);
  }

  decodeResponse(raw: JsonValue, context: DecodeContext = {}): ChatAnswer {
    return decodeKept(this.#provider, raw, context);
  }

  async complete(request: ChatRequest, options: CompleteOptions = {}): Promise<ChatCompletion> {
    return completeChat(this.#provider, this.encodeRequest(request), options);
  }
}
