import type { ResultFormat } from "../entities/callable-tool.ts";

/** What a tool call gave: the content of its tool message. */
export interface ToolResult {
  readonly content: string;
  /** The content is `{"error": …}`: the call didn't run, or failed. */
  readonly isError: boolean;
}

/** An error that the model is told of. */
export function errorResult(message: string): ToolResult {
  return { content: JSON.stringify({ error: message }), isError: true };
}

export function toolNotFound(name: string, available: readonly string[]): string {
  return `tool ${JSON.stringify(name)} not found. Available: [${available.join(", ")}]`;
}

/** The value that a tool returned, as content. */
export function successResult(value: unknown, format: ResultFormat): ToolResult {
  if (format === "json") return { content: jsonContent(value), isError: false };
  if (typeof value === "string") return { content: value, isError: false };
  return errorResult(`the tool gives text, but returned a ${typeof value}`);
}

/** An object as it is; everything else inside one, since some models take nothing else. */
function jsonContent(value: unknown): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) return '{"result":null}';
  return json.startsWith("{") ? json : `{"result":${json}}`;
}
