import { z } from "zod";
import { transcriptHash, type CanonicalMessage } from "./canonical-message.ts";
import type { Conversation } from "./conversation.ts";
import { findMisplaced } from "./message-order.ts";
import { readMessage, type ReadMessage } from "./read-message.ts";
import { readTools, toolProblem } from "./read-tools.ts";

/** What is wrong with a line, without saying which line it is. */
export class LineProblem extends Error {
  override readonly name = "LineProblem";
}

const lineSchema = z.object(
  {
    id: z
      .union([z.string(), z.number()], { error: "must be text or a number" })
      .transform(String)
      .refine((id) => id.trim() !== "" && !/[\p{Cc}\p{Surrogate}]/u.test(id), {
        error: "must be readable text that is not empty",
      })
      .nullish(),
    messages: z
      .array(z.unknown(), { error: "must be a list of messages" })
      .min(1, "must not be empty"),
    tools: z.unknown().optional(),
  },
  { error: 'must be an object such as { "messages": [...] }' },
);

/**
 * One line of the input.
 *
 * @throws LineProblem naming the place in the line.
 */
export function readLine(text: string, line: number): Conversation {
  const {
    id,
    messages: values,
    tools: toolValues,
  } = within("", () => lineSchema.parse(json(text)));
  const read = values.map((value, index) => within(`messages[${index}]`, () => readMessage(value)));
  const misplaced = findMisplaced(read);
  if (misplaced) throw new LineProblem(`messages[${misplaced.index}]: ${misplaced.problem}`);
  if (!read.some(({ role }) => role === "user"))
    throw new LineProblem("no message is of role user");
  const messages = read.map(withoutName);
  const tools = within("tools", () => readTools(toolValues, messages));
  const problem = toolProblem(tools, messages);
  if (problem !== undefined) throw new LineProblem(problem);
  return {
    name: id ?? String(line),
    line,
    messages,
    tools,
    transcriptHash: transcriptHash(messages),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LineProblem(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The first of the faults that a schema found, with its place. */
function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const path = [place, ...(issue?.path ?? [])].reduce<string>(
      (text, part) =>
        typeof part === "number"
          ? `${text}[${part}]`
          : `${text}${text === "" ? "" : "."}${String(part)}`,
      "",
    );
    throw new LineProblem(`${path === "" ? "the line" : path}: ${issue?.message ?? "is wrong"}`);
  }
}

/** It says nothing that the call doesn't say. */
function withoutName({ role, content, toolCalls, toolCallId }: ReadMessage): CanonicalMessage {
  return { role, content, toolCalls, toolCallId };
}
