import type { ChatToolDefinition } from "@mi/clients";
import { CallableTool } from "../entities/callable-tool.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import { threadsError } from "../errors.ts";
import { plainJson } from "./plain-json.ts";

/**
 * The tools that the model may call in this thread's format, in order. Only these run, whatever name the model calls.
 *
 * @throws MiError of code MI_THREADS_TOOL_UNSUPPORTED when a tool of the thread can't be offered
 */
export function offeredTools(thread: ChatThread): readonly CallableTool[] {
  if (thread.llmConfig.responseFormat !== "auto_tools") return [];
  return thread.tools.map((tool) => {
    if (tool instanceof CallableTool) return tool;
    throw threadsError(
      "MI_THREADS_TOOL_UNSUPPORTED",
      `ChatThread ${thread.lineageId} holds a tool that is no CallableTool (${tool.name}); take it out of tools`,
      { details: { lineageId: thread.lineageId, tool: tool.name } },
    );
  });
}

/** A tool as the model is told of it. */
export function toolDefinition(tool: CallableTool): ChatToolDefinition {
  const parameters = plainJson(tool.inputSchema);
  const isEmpty = Object.keys(parameters).length === 0;
  return {
    name: tool.name,
    description: tool.docstring ?? `Execute ${tool.name} function`,
    parameters: isEmpty ? { type: "object", properties: {} } : parameters,
  };
}
