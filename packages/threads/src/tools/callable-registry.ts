import { parseToolArguments, type ChatToolCall, type JsonObject } from "@mi/clients";
import type { MiError } from "@mi/ecs";
import type { z } from "zod";
import { CallableTool, type ResultFormat } from "../entities/callable-tool.ts";
import type { ChatMessage } from "../entities/chat-message.ts";
import type { ChatThread } from "../entities/chat-thread.ts";
import { threadsError } from "../errors.ts";
import { describeFailure } from "./describe-failure.ts";
import { inputRules, type InputRules } from "./input-rules.ts";
import { errorResult, successResult, toolNotFound, type ToolResult } from "./tool-result.ts";

/** What a function is told of the call that it runs for. */
export interface ToolContext {
  readonly thread: ChatThread;
  /** The message that makes the call; it enters the history with the results of all its calls. */
  readonly message: ChatMessage;
  readonly call: ChatToolCall;
  /** The place of the call in its message, from 0. */
  readonly index: number;
  /** Fires when the run is aborted; the run doesn't wait for the function then. */
  readonly signal: AbortSignal;
}

/** A function that a model can call, and what the model is told of it. */
export interface CallableDefinition<Schema, Input> {
  readonly name: string;
  readonly description?: string | undefined;
  /** A zod schema of an object, or JSON Schema. Arguments that don't fit never reach `execute`. */
  readonly inputSchema: Schema;
  /**
   * `json`, the default: the content is the JSON of what `execute` returns; what is no object is wrapped, `{"result": 12}`.
   * `text`: `execute` returns a string, which is the content as it is.
   */
  readonly resultFormat?: ResultFormat | undefined;
  /** May be async. What it throws, the model is told. */
  execute(input: Input, context: ToolContext): unknown;
}

interface Callable {
  readonly definition: CallableDefinition<unknown, unknown>;
  readonly rules: InputRules;
}

/**
 * The functions of this process that tools run, by name.
 *
 * @example
 * const callables = new CallableRegistry();
 * const add = callables.register({
 *   name: "add",
 *   description: "Adds two numbers.",
 *   inputSchema: z.object({ a: z.number(), b: z.number() }),
 *   execute: ({ a, b }) => a + b,
 * });
 * thread.tools.push(add);
 */
export class CallableRegistry {
  readonly #callables = new Map<string, Callable>();

  /**
   * Adds a function. Nothing is added when it throws.
   *
   * @returns its tool, to be put into threads: one entity for all of them
   * @throws MiError of code MI_THREADS_TOOL_DUPLICATE, or MI_THREADS_TOOL_DEFINITION when its schema can't be used
   */
  register<Schema extends z.core.$ZodType>(
    definition: CallableDefinition<Schema, z.output<Schema>>,
  ): CallableTool;
  register(definition: CallableDefinition<JsonObject, JsonObject>): CallableTool;
  register(definition: CallableDefinition<z.core.$ZodType | JsonObject, unknown>): CallableTool {
    const { name } = definition;
    if (this.#callables.has(name))
      throw threadsError("MI_THREADS_TOOL_DUPLICATE", `A tool ${name} is already registered`, {
        details: { name },
      });
    const callable = { definition, rules: rulesOf(definition) };
    const tool = toolOf(callable);
    this.#callables.set(name, callable);
    return tool;
  }

  /**
   * A new tool for a registered function, such as one for each of two entity registries.
   *
   * @throws MiError of code MI_THREADS_TOOL_UNKNOWN
   */
  toolFor(name: string): CallableTool {
    const callable = this.#callables.get(name);
    if (callable !== undefined) return toolOf(callable);
    throw threadsError("MI_THREADS_TOOL_UNKNOWN", `${this.#unknown(name)}; register it first`, {
      details: { name },
    });
  }

  /** Runs a function with the arguments text of a call. Never rejects: what goes wrong is an error result. */
  async execute(name: string, argumentsText: string, context: ToolContext): Promise<ToolResult> {
    const callable = this.#callables.get(name);
    if (callable === undefined) return errorResult(this.#unknown(name));
    const parsed = parseToolArguments(argumentsText);
    if (!parsed.ok) return errorResult(parsed.problem);
    try {
      const input = await callable.rules.check(parsed.value);
      if (!input.ok) return errorResult(`the arguments don't fit: ${input.problem}`);
      const value = await callable.definition.execute(input.value, context);
      return successResult(value, callable.definition.resultFormat ?? "json");
    } catch (error) {
      return errorResult(describeFailure(error));
    }
  }

  #unknown(name: string): string {
    return toolNotFound(name, [...this.#callables.keys()]);
  }
}

function rulesOf({
  name,
  inputSchema,
}: CallableDefinition<z.core.$ZodType | JsonObject, unknown>): InputRules {
  const refuse = (problem: string, cause?: unknown): MiError =>
    threadsError("MI_THREADS_TOOL_DEFINITION", `The tool ${name}: ${problem}`, {
      cause,
      details: { name },
    });
  let rules: InputRules;
  try {
    rules = inputRules(inputSchema);
  } catch (error) {
    throw refuse(`its inputSchema can't be used: ${describeFailure(error)}`, error);
  }
  const { schema } = rules;
  if (schema["type"] !== "object" && Object.keys(schema).length > 0)
    throw refuse('its inputSchema must be of an object: { type: "object", … }');
  return rules;
}

function toolOf({ definition, rules }: Callable): CallableTool {
  return new CallableTool({
    name: definition.name,
    docstring: definition.description ?? null,
    inputSchema: rules.schema,
    resultFormat: definition.resultFormat,
  });
}
