import type { JsonObject } from "@mi/clients";
import { z } from "zod";
import type { CanonicalMessage } from "./canonical-message.ts";
import type { OfferedTool } from "./conversation.ts";

const definitions = z.array(
  z.object({
    type: z.literal("function", { error: 'must be "function"' }),
    function: z.object({
      name: z.string({ error: "must be text" }).min(1, "must not be empty"),
      description: z.string({ error: "must be text" }).nullish(),
      parameters: z.record(z.string(), z.json(), { error: "must be a JSON Schema" }).nullish(),
    }),
  }),
  { error: "must be a list" },
);

/** Takes anything: what a recorded call was really allowed to be is not known. */
const anyArguments: JsonObject = { type: "object", additionalProperties: true };

/**
 * The tools that a line offers: those that it names, else one for each name that its messages call.
 *
 * @throws z.ZodError with the path inside `tools`.
 */
export function readTools(
  value: unknown,
  messages: readonly CanonicalMessage[],
): readonly OfferedTool[] {
  const called = new Set(messages.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name)));
  if (value === undefined || value === null)
    return [...called].map((name) => ({ name, description: undefined, parameters: anyArguments }));
  return definitions.parse(value).map(({ function: { name, description, parameters } }) => ({
    name,
    description: description ?? undefined,
    parameters: parameters ?? anyArguments,
  }));
}

/** A name that is offered twice, or called without being offered. */
export function toolProblem(
  tools: readonly OfferedTool[],
  messages: readonly CanonicalMessage[],
): string | undefined {
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `tools names ${JSON.stringify(twice)} twice`;
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  const missing = calls.find(({ name }) => !names.includes(name));
  return missing && `tools lacks ${JSON.stringify(missing.name)}, which is called`;
}
