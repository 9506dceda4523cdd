import { z } from "zod";
import { jsonObject } from "./json-field.ts";
import { Tool } from "./tool.ts";

/** How the value that a tool returned becomes the content of its message. */
export type ResultFormat = "json" | "text";

/** A tool that runs a function of this program: what the model is told of it. The function itself is in a `CallableRegistry`. */
export class CallableTool extends Tool.extend("mi.CallableTool", {
  docstring: z.string().nullable().default(null),
  /** JSON Schema of the arguments; empty: there are none. */
  inputSchema: jsonObject.default({}),
  outputSchema: jsonObject.default({}),
  /** Whether the service may be told to hold the model to the schema, where schema and service allow it. */
  strictSchema: z.boolean().default(true),
  /** Source text of the function, for readers. */
  callableText: z.string().nullable().default(null),
  resultFormat: z.enum(["json", "text"]).default("json"),
}) {}
