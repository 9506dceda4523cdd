import type { ApiCallError, ChatClient, ChatCompletion } from "@mi/clients";
import { MiError, type EcsId } from "@mi/ecs";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { RawOutput } from "../entities/raw-output.ts";
import { chatRequest } from "../request/chat-request.ts";
import type { Run } from "./run.ts";
import { storeRawOutput } from "./store-raw-output.ts";
import { storeThread } from "./store-thread.ts";

/** One request of a thread, and what came of it so far. */
export interface Exchange {
  /** The version of the thread that was sent. */
  sent: EcsId;
  answer?: ChatCompletion;
  rawOutput?: RawOutput;
  /** From sending to the end of the answer. */
  seconds: number;
}

/**
 * Sends a thread as it is stored, and stores what comes back before anything else is done with it. Notes in `exchange`
 * what is known, also when it throws.
 *
 * @throws ApiCallError; what `chatRequest` throws
 */
export async function askModel(
  thread: ChatThread,
  client: ChatClient,
  run: Run,
  exchange: Exchange,
): Promise<{ answer: ChatCompletion; rawOutput: RawOutput }> {
  const { signal } = run.abort;
  await storeThread(thread, run);
  const request = chatRequest(thread);
  exchange.sent = thread.ecsId;
  const headers = run.options.headers?.(thread);
  let answer: ChatCompletion;
  try {
    answer = await client.complete(request, { signal, headers });
  } catch (error) {
    if (!isCallError(error)) throw error;
    exchange.seconds = secondsOf(error);
    const wire = client.encodeRequest(request);
    const kept = await storeFailedResponse(thread, exchange.sent, wire, error, run);
    if (kept !== undefined) exchange.rawOutput = kept;
    throw error;
  }
  exchange.answer = answer;
  exchange.seconds = (answer.endedAt - answer.startedAt) / 1000;
  const { request: wire } = answer;
  const rawOutput = await storeRawOutput(thread, exchange.sent, { ...answer, wire }, run);
  exchange.rawOutput = rawOutput;
  return { answer, rawOutput };
}

/** A response that is no answer is kept too: what the service said, and may have charged for. */
async function storeFailedResponse(
  thread: ChatThread,
  sent: EcsId,
  wire: ChatCompletion["request"],
  error: ApiCallError,
  run: Run,
): Promise<RawOutput | undefined> {
  const { status, body, attempts } = error;
  const attempt = attempts.at(-1);
  if (!answeredWhole.includes(error.code)) return undefined;
  if (status === undefined || body === undefined || attempt === undefined) return undefined;
  const { startedAt, endedAt } = attempt;
  const rawText = typeof body === "string" ? body : JSON.stringify(body);
  const response = { wire, raw: body, rawText, status, startedAt, endedAt };
  return storeRawOutput(thread, sent, response, run);
}

/** Not those that broke off in the middle of a response. */
const answeredWhole: readonly string[] = [
  "MI_CLIENT_HTTP_STATUS",
  "MI_CLIENT_MALFORMED_RESPONSE",
  "MI_CLIENT_PROVIDER_ERROR",
] satisfies readonly ApiCallError["code"][];

function isCallError(error: unknown): error is ApiCallError {
  return MiError.is(error) && "attempts" in error && "retryable" in error;
}

function secondsOf({ attempts }: ApiCallError): number {
  const first = attempts.at(0);
  const last = attempts.at(-1);
  return first === undefined || last === undefined ? 0 : (last.endedAt - first.startedAt) / 1000;
}
