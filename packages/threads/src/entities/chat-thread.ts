import { z } from "zod";
import { entity, ref } from "@mi/ecs";
import { threadsError } from "../errors.ts";
import { ChatMessage } from "./chat-message.ts";
import { LLMConfig } from "./llm-config.ts";
import { formatsWithoutMessage } from "./response-format.ts";
import { SystemPrompt } from "./system-prompt.ts";
import { Tool } from "./tool.ts";

/**
 * One conversation: its messages, and how the next answer is asked for.
 *
 * @example
 * const thread = new ChatThread({
 *   systemPrompt: new SystemPrompt({ name: "short", content: "Answer in one sentence." }),
 *   llmConfig: new LLMConfig({ client: "openai", model: "gpt-4o" }),
 *   newMessage: "What is a lineage?",
 * });
 * const [output] = await orchestrator.run([thread]);
 */
export class ChatThread extends entity("mi.ChatThread", {
  name: z.string().nullable().default(null),
  systemPrompt: ref(SystemPrompt).nullable().default(null),
  history: z.array(ref(ChatMessage)).default([]),
  /** What the user says next. `addUserMessage` moves it into the history. */
  newMessage: z.string().nullable().default(null),
  prefill: z.string().default("Here's the valid JSON object response:```json"),
  postfill: z.string().default("\n\nPlease provide your response in JSON format."),
  useSchemaInstruction: z.boolean().default(false),
  /** Without it a request carries only the turn under way: the last user message and what came after it. */
  useHistory: z.boolean().default(true),
  forcedOutput: ref(Tool).nullable().default(null),
  llmConfig: ref(LLMConfig),
  /** In the order in which they are offered. */
  tools: z.array(ref(Tool)).default([]),
  workflowStep: z.int().min(0).nullable().default(null),
}) {
  get lastMessage(): ChatMessage | undefined {
    return this.history.at(-1);
  }

  /** Whether the last message is one that a model has yet to answer: a user message, or a tool's result. */
  get awaitsAnswer(): boolean {
    const role = this.lastMessage?.role;
    return role === "user" || role === "tool";
  }

  /**
   * Moves `newMessage` to the end of the history. Commits nothing.
   *
   * @param timestamp default: now
   * @returns the message; `undefined` when there is no text and the format needs none
   * @throws MiError of code MI_THREADS_NO_MESSAGE when there is no text otherwise; nothing has changed then
   */
  addUserMessage(timestamp?: Date): ChatMessage | undefined {
    const content = this.newMessage;
    if (content === null) {
      const { responseFormat } = this.llmConfig;
      if (formatsWithoutMessage.includes(responseFormat)) return undefined;
      throw threadsError(
        "MI_THREADS_NO_MESSAGE",
        `Cannot add user message - no new message content: set newMessage of ChatThread ${this.lineageId} first`,
        { details: { lineageId: this.lineageId, responseFormat } },
      );
    }
    const message = new ChatMessage({
      timestamp,
      role: "user",
      content,
      chatThreadId: this.lineageId,
      parentMessageUuid: this.lastMessage?.lineageId ?? null,
    });
    this.history.push(message);
    this.newMessage = null;
    return message;
  }

  /** From `tools`, else `forcedOutput`. */
  getToolByName(name: string): Tool | undefined {
    const tool = this.tools.find((candidate) => candidate.name === name);
    if (tool !== undefined) return tool;
    return this.forcedOutput?.name === name ? this.forcedOutput : undefined;
  }
}
