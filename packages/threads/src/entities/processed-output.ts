import { z } from "zod";
import { entity, ref } from "@mi/ecs";
import { ecsIdText } from "./id-field.ts";
import { jsonValue } from "./json-field.ts";
import { llmClients } from "./llm-client.ts";
import { RawOutput } from "./raw-output.ts";
import { Usage } from "./usage.ts";

/**
 * Why a run of one thread ended. `stop`: the model had said all. `length`, `content_filter`, `refusal`: its last answer
 * is in the history, but was cut or refused. `stop_when`, `max_tool_rounds`: the results of its last tool calls are in
 * the history, and no answer to them was asked for. `aborted`, `error`: see `error`.
 */
export const stopReasons = [
  "stop",
  "length",
  "content_filter",
  "refusal",
  "stop_when",
  "max_tool_rounds",
  "aborted",
  "error",
] as const;

/** Why a thread stopped. */
export type StopReason = (typeof stopReasons)[number];

/** What a run gives back for one thread: its last answer, or what went wrong. Not stored: the raw output says it all. */
export class ProcessedOutput extends entity("mi.ProcessedOutput", {
  content: z.string().nullable().default(null),
  jsonObject: jsonValue.nullable().default(null),
  toolCalls: z
    .array(z.object({ id: z.string(), name: z.string(), arguments: z.string() }))
    .default([]),
  usage: ref(Usage).nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable().default(null),
  /** From sending the last request to the end of its answer, in seconds; 0 when none was sent. */
  timeTaken: z.number().min(0),
  llmClient: z.enum(llmClients),
  rawOutput: ref(RawOutput).nullable().default(null),
  /** The version of the thread that was sent last; the present one when none was. */
  chatThreadId: ecsIdText,
  chatThreadLiveId: z.string(),
  stoppedBy: z.enum(stopReasons),
}) {}
