// Conversations
export { ChatThread } from "./entities/chat-thread.ts";
export { ChatMessage } from "./entities/chat-message.ts";
export type { ChatMessageDict, MessageRole } from "./entities/chat-message.ts";
export { SystemPrompt } from "./entities/system-prompt.ts";
export { LLMConfig } from "./entities/llm-config.ts";
export type { LLMClient } from "./entities/llm-client.ts";
export type { ResponseFormat } from "./entities/response-format.ts";
export { Usage } from "./entities/usage.ts";

// Tools
export { Tool } from "./entities/tool.ts";
export { CallableTool } from "./entities/callable-tool.ts";
export type { ResultFormat } from "./entities/callable-tool.ts";
export { CallableRegistry } from "./tools/callable-registry.ts";
export type { CallableDefinition, ToolContext } from "./tools/callable-registry.ts";
export type { ToolExecutor } from "./tools/run-tool-calls.ts";
export type { ToolResult } from "./tools/tool-result.ts";

// Requests and answers
export { chatRequest } from "./request/chat-request.ts";
export { rebuildRequest } from "./request/rebuild-request.ts";
export { RawOutput } from "./entities/raw-output.ts";
export { ProcessedOutput } from "./entities/processed-output.ts";
export type { StopReason } from "./entities/processed-output.ts";

// Running
export { InferenceOrchestrator } from "./orchestrator/inference-orchestrator.ts";
export type { InferenceOrchestratorOptions } from "./orchestrator/inference-orchestrator.ts";
export type { RunEvent, RunOptions, StopState } from "./orchestrator/run.ts";

// Errors
export type { ThreadsErrorCode } from "./errors.ts";
