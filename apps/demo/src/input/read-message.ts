import { z } from "zod";
import type { CanonicalMessage } from "./canonical-message.ts";

/** A message as it was read; `name` is what a tool message says about the function that it answers for. */
export interface ReadMessage extends CanonicalMessage {
  readonly name: string | undefined;
}

const text = z.string({ error: "must be text; lists of parts are not supported" });

const toolCall = z.object({
  id: z.string({ error: "must be text" }).min(1, "must not be empty"),
  type: z.literal("function", { error: 'must be "function"' }).default("function"),
  function: z.object({
    name: z.string({ error: "must be text" }).min(1, "must not be empty"),
    arguments: z.string({ error: "must be text that holds JSON" }),
  }),
});

const schemas = {
  system: z.object({ content: text }),
  user: z.object({ content: text }),
  assistant: z.object({
    content: text.nullish(),
    tool_calls: z.array(toolCall, { error: "must be a list" }).nullish(),
    function_call: z.null({ error: "is not supported; use tool_calls" }).optional(),
  }),
  tool: z.object({
    content: text,
    tool_call_id: z.string({ error: "must be text" }),
    name: z.string({ error: "must be text" }).nullish(),
  }),
};

/**
 * One message in OpenAI chat format.
 *
 * @throws z.ZodError with the path inside the message.
 */
export function readMessage(value: unknown): ReadMessage {
  const { role } = z.object({ role: roleSchema }, { error: "must be an object" }).parse(value);
  const message = { role, content: null, toolCalls: [], toolCallId: null, name: undefined };
  switch (role) {
    case "system":
    case "user":
      return { ...message, content: schemas[role].parse(value).content };
    case "assistant": {
      const { content, tool_calls: calls } = schemas.assistant.parse(value);
      const toolCalls = (calls ?? []).map((call) => ({ id: call.id, ...call.function }));
      return { ...message, content: content ?? null, toolCalls };
    }
    case "tool": {
      const { content, tool_call_id: toolCallId, name } = schemas.tool.parse(value);
      return { ...message, content, toolCallId, name: name ?? undefined };
    }
  }
}

const roleSchema = z.enum(["system", "user", "assistant", "tool"], {
  error: ({ input }) =>
    `${input === undefined ? "is missing" : `${JSON.stringify(input)} is unknown`}; expected system, user, assistant or tool`,
});
