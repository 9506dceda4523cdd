import { z } from "zod";
import { entity, lineageRef } from "@mi/ecs";
import { ecsIdText } from "./id-field.ts";
import { jsonObject, jsonValue } from "./json-field.ts";
import { llmClients } from "./llm-client.ts";

/**
 * One answer as it came, and what is needed to rebuild its request. The messages are not in it: it names the version of
 * the thread that was sent, and `rebuildRequest` makes the same bytes of that.
 */
export class RawOutput extends entity("mi.RawOutput", {
  /** The body of the response. Text when it was no JSON, or JSON that a field can't hold. */
  rawResult: jsonValue,
  /** The body of the request without `messages`. */
  completionKwargs: jsonObject,
  /** SHA-256 of the whole body of the request, in hex. */
  requestHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Seconds since 1970, with fractions. */
  startTime: z.number(),
  endTime: z.number(),
  /** The version of the thread whose messages were sent. */
  chatThreadId: ecsIdText,
  chatThreadLineageId: lineageRef("mi.ChatThread"),
  /** The warm copy that was sent. */
  chatThreadLiveId: z.string(),
  client: z.enum(llmClients),
  /** Of the HTTP response. */
  statusCode: z.int(),
}) {
  /** In seconds. */
  get timeTaken(): number {
    return this.endTime - this.startTime;
  }
}
