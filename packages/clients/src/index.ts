export type { ChatAnswer, ChatUsage, FinishReason } from "./chat/chat-answer.ts";
export type {
  ChatAttempt,
  ChatClient,
  ChatCompletion,
  CompleteOptions,
  DecodeContext,
  LLMClientName,
} from "./chat/chat-client.ts";
export type {
  ChatRequest,
  ChatRequestMessage,
  ChatResponseFormat,
  ChatToolCall,
  ChatToolChoice,
  ChatToolDefinition,
  WireRequest,
} from "./chat/chat-request.ts";
export { parseToolArguments, type ParsedToolArguments } from "./chat/parse-tool-arguments.ts";
export { systemClock, type Clock } from "./clock.ts";
export { ApiCallError, MiError, type ApiCallErrorCode, type ClientErrorCode } from "./errors.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { OpenAIClient } from "./openai/openai-client.ts";
export type { OpenAIClientOptions } from "./openai/openai-settings.ts";
