import { entity, lineageRef, ref } from "@mi/ecs";
import { z } from "zod";

/** A file of conversations as it was when it was run. */
export class InputFile extends entity("demo.InputFile", {
  path: z.string(),
  sha256: z.string(),
}) {}

/**
 * That a conversation of the input is kept in a thread. Stored before the thread's first message, and never changed, so
 * that a thread that breaks off can be told from a whole one by what is stored alone.
 */
export class ConversationRecord extends entity("demo.Conversation", {
  name: z.string(),
  input: ref(InputFile),
  /** Who answered: the transcript itself, or a real service. */
  answeredBy: z.enum(["transcript", "openai"]),
  /** Of all messages of the transcript. */
  transcriptHash: z.string(),
  messages: z.number().int(),
  turns: z.number().int(),
  /** The role of the transcript's last message. */
  endsWith: z.enum(["user", "assistant", "tool", "system"]),
  thread: lineageRef("mi.ChatThread"),
}) {}
