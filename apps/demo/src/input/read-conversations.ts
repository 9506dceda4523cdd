import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../cli/usage-error.ts";
import type { Conversation } from "./conversation.ts";
import { LineProblem, readLine } from "./read-line.ts";

export interface Input {
  /** Absolute. */
  readonly path: string;
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** In the order of the file; never none. */
  readonly conversations: readonly Conversation[];
}

/** The conversations that come with the demo. */
export const bundledInput = fileURLToPath(new URL("../../conversations.jsonl", import.meta.url));

/**
 * Reads a file of conversations, one JSON object a line, and checks all of it. Empty lines are skipped.
 *
 * @throws UsageError for the first fault, naming file, line and message.
 */
export async function readConversations(file: string): Promise<Input> {
  const path = resolve(file);
  const bytes = await read(file, path);
  const conversations: Conversation[] = [];
  const lineOfName = new Map<string, number>();
  for (const [index, text] of decode(file, bytes).split("\n").entries()) {
    if (text.trim() === "") continue;
    const conversation = readAt(file, text, index + 1);
    const { name, line } = conversation;
    const earlier = lineOfName.get(name);
    if (earlier !== undefined)
      throw new UsageError(
        `${file}, line ${line}: the id ${JSON.stringify(name)} is that of line ${earlier} too; ids must differ (a line without one goes by its number)`,
      );
    lineOfName.set(name, line);
    conversations.push(conversation);
  }
  if (conversations.length === 0) throw new UsageError(`${file} holds no conversation`);
  return { path, sha256: createHash("sha256").update(bytes).digest("hex"), conversations };
}

async function read(file: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`The input ${file} can't be read (${describe(error)})`, { cause: error });
  }
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`The input ${file} is not UTF-8 text`, { cause: error });
  }
}

function readAt(file: string, text: string, line: number): Conversation {
  try {
    return readLine(text, line);
  } catch (error) {
    if (!(error instanceof LineProblem)) throw error;
    throw new UsageError(`${file}, line ${line}: ${error.message}`, { cause: error });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
