import { excerpt } from "../cli/excerpt.ts";
import type { CanonicalMessage } from "../input/canonical-message.ts";

/** A message on one line, cut where it is long. */
export function messageSummary({ role, content, toolCalls }: CanonicalMessage): string {
  const calls = toolCalls.map(({ name, arguments: text }) => `→ ${name}(${shorten(text)})`);
  const said = content === null ? [] : [excerpt(content, longest)];
  return `${role.padEnd(9)}  ${[...said, ...calls].join("  ")}`;
}

const longest = 88;

function shorten(text: string): string {
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest).join("")}…`;
}

/** A whole message. */
export function fullMessage(message: CanonicalMessage, index: number): string {
  const { role, content, toolCalls, toolCallId } = message;
  return [
    `[${index}] ${role}${toolCallId === null ? "" : `, for ${toolCallId}`}`,
    ...(content === null ? [] : [content === "" ? '""' : content]),
    ...toolCalls.map(({ id, name, arguments: text }) => `→ ${name}(${text})  ${id}`),
  ].join("\n");
}
