import { z } from "zod";
import { entity } from "@mi/ecs";
import { llmClients } from "./llm-client.ts";
import { refusedFormats, responseFormats } from "./response-format.ts";

/** Which model answers, and how it is asked. */
export class LLMConfig extends entity(
  "mi.LLMConfig",
  {
    client: z.enum(llmClients),
    /** May be left open in a thread that is only kept; a request needs it. */
    model: z.string().nullable().default(null),
    /** The longest answer, in tokens. */
    maxTokens: z.int().min(1).default(400),
    temperature: z.number().min(0).max(2).default(0),
    responseFormat: z.enum(responseFormats).default("text"),
    useCache: z.boolean().default(true),
    /** The model reasons before it answers: it is sent an effort, and no temperature. */
    reasoner: z.boolean().default(false),
    reasoningEffort: z.enum(["low", "medium", "high"]).default("medium"),
  },
  {
    check({ client, responseFormat }, report) {
      if (refusedFormats[client].includes(responseFormat))
        report("responseFormat", `${client} has no ${responseFormat}; choose another format`);
    },
  },
) {}
