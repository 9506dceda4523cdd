import type { JsonValue, WireRequest } from "@mi/clients";
import { MiError, type EcsId } from "@mi/ecs";
import type { ChatThread } from "../entities/chat-thread.ts";
import { RawOutput } from "../entities/raw-output.ts";
import { requestHash } from "../request/request-hash.ts";
import type { Run } from "./run.ts";

/** A response of any status. */
export interface Response {
  readonly wire: WireRequest;
  readonly raw: JsonValue;
  readonly rawText: string;
  readonly status: number;
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Stores what came back, in a commit of its own, before anything else is done with it. */
export async function storeRawOutput(
  thread: ChatThread,
  sent: EcsId,
  response: Response,
  run: Run,
): Promise<RawOutput> {
  const { wire } = response;
  const parameters = Object.entries(wire.body).filter(([key]) => key !== "messages");
  const fields = {
    completionKwargs: Object.fromEntries(parameters),
    requestHash: requestHash(wire),
    startTime: response.startedAt / 1000,
    endTime: response.endedAt / 1000,
    chatThreadId: sent,
    chatThreadLineageId: thread.lineageId,
    chatThreadLiveId: thread.liveId,
    client: thread.llmConfig.client,
    statusCode: response.status,
  };
  const rawOutput = run.registry.detached(() => withRawResult(fields, response));
  const context = { ...run.context, operation: "InferenceOrchestrator.storeRawOutput" };
  return run.registry.register(rawOutput, context);
}

function withRawResult(
  fields: Omit<ConstructorParameters<typeof RawOutput>[0], "rawResult">,
  { raw, rawText }: Response,
): RawOutput {
  try {
    return new RawOutput({ ...fields, rawResult: raw });
  } catch (error) {
    // JSON that no field holds: 1e999, or nesting without end. It was paid for, so its text is kept.
    if (!MiError.is(error) || error.code !== "MI_ENTITY_UNSUPPORTED_VALUE") throw error;
    return new RawOutput({ ...fields, rawResult: rawText });
  }
}
