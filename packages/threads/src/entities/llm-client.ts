import type { LLMClientName } from "@mi/clients";

export const llmClients = [
  "openai",
  "azure_openai",
  "anthropic",
  "vllm",
  "litellm",
  "openrouter",
] as const satisfies readonly LLMClientName[];

/** The service that answers. */
export type LLMClient = (typeof llmClients)[number];
