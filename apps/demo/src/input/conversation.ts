import type { JsonObject } from "@mi/clients";
import type { CanonicalMessage } from "./canonical-message.ts";

export interface OfferedTool {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

/** One line of the input, checked. */
export interface Conversation {
  /** Unique in its file: the line's `id`, else its number. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly messages: readonly CanonicalMessage[];
  /** The line's own tools, else one for each name that it calls. */
  readonly tools: readonly OfferedTool[];
  readonly transcriptHash: string;
}
