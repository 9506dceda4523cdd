import type { ChatRequest } from "@mi/clients";
import type { ChatThread } from "../entities/chat-thread.ts";
import type { ResponseFormat } from "../entities/response-format.ts";
import { threadsError } from "../errors.ts";
import { offeredTools, toolDefinition } from "./offered-tools.ts";
import { requestMessages } from "./request-messages.ts";

const sendable: readonly ResponseFormat[] = ["text", "auto_tools"];

/**
 * What a thread asks of a model, in no provider's words. Pure: it changes nothing, and the same version of a thread
 * always gives the same request.
 *
 * @throws MiError of code MI_THREADS_FORMAT_UNSUPPORTED, MI_THREADS_NO_MODEL or MI_THREADS_TOOL_UNSUPPORTED
 */
export function chatRequest(thread: ChatThread): ChatRequest {
  const { model, maxTokens, temperature, reasoner, reasoningEffort } = requireSendable(thread);
  const tools = offeredTools(thread).map(toolDefinition);
  return {
    model,
    messages: requestMessages(thread),
    maxTokens,
    temperature,
    ...(tools.length > 0 && { tools, toolChoice: "auto" as const }),
    ...(reasoner && { reasoning: { effort: reasoningEffort } }),
  };
}

/**
 * The settings of a thread, its model included.
 *
 * @throws MiError of code MI_THREADS_FORMAT_UNSUPPORTED or MI_THREADS_NO_MODEL
 */
export function requireSendable(
  thread: ChatThread,
): ChatThread["llmConfig"] & { readonly model: string } {
  const config = thread.llmConfig;
  if (!sendable.includes(config.responseFormat))
    throw threadsError(
      "MI_THREADS_FORMAT_UNSUPPORTED",
      `ChatThread ${thread.lineageId} asks for ${config.responseFormat}; only ${sendable.join(" and ")} can be sent`,
      { details: { lineageId: thread.lineageId, responseFormat: config.responseFormat } },
    );
  if (!hasModel(config))
    throw threadsError(
      "MI_THREADS_NO_MODEL",
      `The LLMConfig of ChatThread ${thread.lineageId} names no model; set llmConfig.model`,
      { details: { lineageId: thread.lineageId } },
    );
  return config;
}

function hasModel(
  config: ChatThread["llmConfig"],
): config is ChatThread["llmConfig"] & { readonly model: string } {
  return config.model !== null;
}
