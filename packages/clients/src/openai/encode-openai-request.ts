import { checkChatRequest } from "../chat/check-chat-request.ts";
import type {
  ChatRequest,
  ChatRequestMessage,
  ChatResponseFormat,
  ChatToolChoice,
  ChatToolDefinition,
  WireRequest,
} from "../chat/chat-request.ts";
import type { JsonObject } from "../json.ts";

/**
 * The request as OpenAI's chat completions want it. Keys always come in the order written here: the same request is the
 * same bytes, which a prompt cache and a stored hash both live on.
 */
export function encodeOpenAIRequest(request: ChatRequest): WireRequest {
  checkChatRequest(request);
  const { model, messages, maxTokens, temperature, tools = [], toolChoice, reasoning } = request;
  const body: JsonObject = {
    model,
    messages: messages.map(encodeMessage),
    // OpenAI refuses an empty list of tools, and any choice without tools.
    ...(tools.length > 0 && { tools: tools.map(encodeTool) }),
    ...(tools.length > 0 &&
      toolChoice !== undefined && { tool_choice: encodeToolChoice(toolChoice) }),
    ...(request.responseFormat && { response_format: encodeFormat(request.responseFormat) }),
    ...(maxTokens !== undefined && {
      [reasoning ? "max_completion_tokens" : "max_tokens"]: maxTokens,
    }),
    ...(temperature !== undefined && !reasoning && { temperature }),
    ...(reasoning && { reasoning_effort: reasoning.effort }),
  };
  return { path: "/chat/completions", body };
}

function encodeMessage(message: ChatRequestMessage): JsonObject {
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      return { role: message.role, content: message.content };
    case "tool":
      return { role: "tool", tool_call_id: message.toolCallId, content: message.content };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: "assistant", content };
      const calls = toolCalls.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
      }));
      return { role: "assistant", content, tool_calls: calls };
    }
  }
}

function encodeTool({ name, description, parameters, strict }: ChatToolDefinition): JsonObject {
  const definition: JsonObject = {
    name,
    ...(description !== undefined && { description }),
    parameters,
    ...(strict !== undefined && { strict }),
  };
  return { type: "function", function: definition };
}

function encodeToolChoice(choice: ChatToolChoice): string | JsonObject {
  return typeof choice === "string"
    ? choice
    : { type: "function", function: { name: choice.name } };
}

function encodeFormat(format: ChatResponseFormat): JsonObject {
  if (format.type !== "json_schema") return { type: format.type };
  const { name, description, schema, strict } = format;
  const named: JsonObject = {
    name,
    ...(description !== undefined && { description }),
    schema,
    ...(strict !== undefined && { strict }),
  };
  return { type: "json_schema", json_schema: named };
}
