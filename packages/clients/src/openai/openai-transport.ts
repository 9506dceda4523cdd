import { OpenAI as OfficialClient } from "openai";
import type { WireRequest } from "../chat/chat-request.ts";
import type { Sending } from "../chat/complete-chat.ts";
import { longestTimeoutMs } from "../http/check-timeout.ts";
import { receive, type HttpExchange } from "../http/http-exchange.ts";
import type { OpenAISettings } from "./openai-settings.ts";

/**
 * The SDK's timer ends with the headers, ours with the body, so ours must come first. Theirs still has to fire: where fetch
 * pays no attention to its signal, a timer that is never cleared would keep the process alive.
 */
function timeoutOfTheSDK(timeoutMs: number): number {
  return Math.min(Math.ceil(timeoutMs) + 100, longestTimeoutMs);
}

/**
 * The official SDK as a sender: it makes URL, headers and credentials, and sends. It judges no answer: by itself it drops
 * the body of an error, takes HTML for an answer, and waits for ever for a body that stalls.
 *
 * Named as its parent, whose name it sends as the user agent.
 */
class OpenAI extends OfficialClient {
  readonly #exchanges = new WeakMap<AbortSignal, HttpExchange>();

  /** Sends JSON and fills `exchange` with the answer, of whatever status. Rejects only where the connection fails. */
  async exchange(wire: WireRequest, sending: Sending): Promise<void> {
    const { headers, signal, timeoutMs, exchange } = sending;
    this.#exchanges.set(signal, exchange);
    const timeout = timeoutOfTheSDK(timeoutMs);
    const options = { body: wire.body, headers, signal, timeout, maxRetries: 0 };
    await this.post(wire.path, options).asResponse();
  }

  override async fetchWithTimeout(
    ...[url, init, timeoutMs, controller]: Parameters<OfficialClient["fetchWithTimeout"]>
  ): Promise<Response> {
    const exchange = init?.signal ? this.#exchanges.get(init.signal) : undefined;
    if (exchange === undefined) return super.fetchWithTimeout(url, init, timeoutMs, controller);
    try {
      await receive(await super.fetchWithTimeout(url, init, timeoutMs, controller), exchange);
    } catch (error) {
      exchange.failure = error;
      throw error;
    }
    // All of it is in the exchange now; an empty answer leaves the SDK nothing to judge.
    return new Response(null, { status: 204 });
  }
}

export type OpenAITransport = Pick<OpenAI, "exchange">;

export function openAITransport(
  settings: OpenAISettings,
  fetch: typeof globalThis.fetch | undefined,
): OpenAITransport {
  return new OpenAI({
    // The SDK insists on a key; for a server that needs none, the header is taken away again.
    apiKey: settings.apiKey ?? "none",
    adminAPIKey: null,
    webhookSecret: null,
    organization: settings.organization ?? null,
    project: settings.project ?? null,
    baseURL: settings.baseURL,
    defaultQuery: { ...settings.query },
    defaultHeaders: {
      ...(settings.apiKey === undefined ? { authorization: null } : {}),
      "x-stainless-timeout": null,
      ...settings.defaultHeaders,
    },
    maxRetries: 0,
    // Its log shows whole requests.
    logLevel: "off",
    ...(fetch === undefined ? {} : { fetch }),
  });
}
