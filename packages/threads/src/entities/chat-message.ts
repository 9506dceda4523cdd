import { z } from "zod";
import { entity, lineageRef, ref, systemClock } from "@mi/ecs";
import { jsonValue } from "./json-field.ts";
import { Usage } from "./usage.ts";

export const messageRoles = ["user", "assistant", "tool", "system"] as const;

/** Who speaks. */
export type MessageRole = (typeof messageRoles)[number];

/** A message as OpenAI's chat completions have it. */
export interface ChatMessageDict {
  readonly role: MessageRole;
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

/** One message of a conversation. */
export class ChatMessage extends entity(
  "mi.ChatMessage",
  {
    timestamp: z.date().default(() => new Date(systemClock.now())),
    role: z.enum(messageRoles),
    /** `null` only on an assistant message with tool calls; `""` is another content, and stays what it is. */
    content: z.string().nullable(),
    /** Who wrote it. */
    authorUuid: z.uuid().nullable().default(null),
    chatThreadId: lineageRef("mi.ChatThread").nullable().default(null),
    /** The message before this one. */
    parentMessageUuid: lineageRef("mi.ChatMessage").nullable().default(null),
    /** All calls that the model made in this turn, in its order; `arguments` is the model's text, never reformatted. */
    toolCalls: z
      .array(z.object({ id: z.string(), name: z.string(), arguments: z.string() }))
      .default([]),
    /** On a tool message: the name that was called. */
    toolName: z.string().nullable().default(null),
    toolUuid: lineageRef("mi.Tool").nullable().default(null),
    toolType: z.enum(["Callable", "Structured"]).nullable().default(null),
    /** On a tool message: the id of the call that it answers. */
    oaiToolCallId: z.string().nullable().default(null),
    toolJsonSchema: jsonValue.nullable().default(null),
    usage: ref(Usage).nullable().default(null),
  },
  {
    check({ role, content, toolCalls, oaiToolCallId }, report) {
      if (toolCalls.length > 0 && role !== "assistant")
        report("toolCalls", `only an assistant message makes tool calls, not a ${role} message`);
      if (content === null && (role !== "assistant" || toolCalls.length === 0))
        report("content", "may be null only on an assistant message with tool calls");
      if (role === "tool" && oaiToolCallId === null)
        report("oaiToolCallId", "a tool message names the call that it answers");
    },
  },
) {
  /** Whether a conversation begins with this message. */
  get isConversationRoot(): boolean {
    return this.parentMessageUuid === null;
  }

  /** The message in OpenAI's form. */
  toDict(): ChatMessageDict {
    const { role, content } = this;
    if (role === "tool" && this.oaiToolCallId !== null)
      return { role, content, tool_call_id: this.oaiToolCallId };
    if (role !== "assistant" || this.toolCalls.length === 0) return { role, content };
    const calls = this.toolCalls.map((call) => ({
      id: call.id,
      type: "function" as const,
      function: { name: call.name, arguments: call.arguments },
    }));
    return { role, content, tool_calls: calls };
  }
}
