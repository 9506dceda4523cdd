import type { ReferableClass } from "@mi/ecs";
import {
  CallableTool,
  ChatMessage,
  ChatThread,
  LLMConfig,
  RawOutput,
  SystemPrompt,
  Usage,
} from "@mi/threads";
import { ConversationRecord, InputFile } from "./demo-entities.ts";

/** The class of each type that a run stores. */
export const knownTypes: Readonly<Record<string, ReferableClass>> = {
  "demo.Conversation": ConversationRecord,
  "demo.InputFile": InputFile,
  "mi.CallableTool": CallableTool,
  "mi.ChatMessage": ChatMessage,
  "mi.ChatThread": ChatThread,
  "mi.LLMConfig": LLMConfig,
  "mi.RawOutput": RawOutput,
  "mi.SystemPrompt": SystemPrompt,
  "mi.Usage": Usage,
};
