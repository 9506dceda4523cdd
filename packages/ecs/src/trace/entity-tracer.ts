import type { CommitContext } from "../commit-context.ts";
import { types } from "node:util";
import { usageError, type MiError } from "../mi-error.ts";
import { findEntities } from "./find-entities.ts";
import { runTraced } from "./run-traced.ts";
import type { TraceSeverity } from "./severity.ts";

/** How a traced function is reported, and what its commits say. */
export interface TracerOptions {
  /** Default: the function's name; `Class.method` for a method. */
  readonly name?: string | undefined;
  /** Default NORMAL; inside another traced call VERBOSE. */
  readonly severity?: TraceSeverity | undefined;
  /** What the commit says besides its operation. */
  readonly context?: CommitContext | undefined;
}

type Method<This, Args extends readonly unknown[], Result> = (
  this: This,
  ...args: Args
) => Promise<Result>;

/**
 * Makes a function whose changes of entities are one commit, named after it. All that changed in its arguments, in `this`,
 * and in what it loaded or made is committed when it returned, earlier changes included. When it throws, its changes are
 * undone and nothing is committed. The function it makes always returns a promise. Calls on one warm copy run one after
 * the other; a traced call inside another one joins it.
 *
 * Also a decorator for methods that return a promise.
 *
 * @example
 * ```ts
 * const rename = entityTracer(async function rename(book: Book, title: string) {
 *   book.title = title;
 * });
 * class Thread extends entity("Thread", { … }) {
 *   @entityTracer
 *   async addUserMessage() { … }
 * }
 * ```
 */
export function entityTracer<This, Args extends readonly unknown[], Result>(
  method: Method<This, Args, Result>,
  decoration: ClassMethodDecoratorContext<This, Method<This, Args, Result>>,
): Method<This, Args, Result>;
export function entityTracer<This, Args extends readonly unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
  options?: TracerOptions,
): (this: This, ...args: Args) => Promise<Awaited<Result>>;
/** A decorator, or a wrapper, with these options. */
export function entityTracer(
  options?: TracerOptions,
): <This, Args extends readonly unknown[], Result>(
  method: Method<This, Args, Result>,
  decoration?: ClassMethodDecoratorContext<This, Method<This, Args, Result>>,
) => Method<This, Args, Result>;
export function entityTracer(
  subject?: TracerOptions | ((...args: unknown[]) => unknown),
  second?: TracerOptions | ClassMethodDecoratorContext,
): unknown {
  if (typeof subject !== "function" && typeof (subject ?? {}) !== "object")
    throw notTraced(subject);
  if (typeof subject === "function")
    return isDecoration(second)
      ? traced(subject, {}, String(second.name))
      : traced(subject, second ?? {}, undefined);
  return (fn: (...args: unknown[]) => unknown, decoration?: ClassMethodDecoratorContext) =>
    traced(fn, subject ?? {}, decoration === undefined ? undefined : String(decoration.name));
}

function isDecoration(
  value: TracerOptions | ClassMethodDecoratorContext | undefined,
): value is ClassMethodDecoratorContext {
  return value !== undefined && "kind" in value && value.kind === "method";
}

function traced(
  fn: (...args: unknown[]) => unknown,
  options: TracerOptions,
  method: string | undefined,
): (...args: unknown[]) => Promise<unknown> {
  if (typeof fn !== "function") throw notTraced(fn);
  if (types.isGeneratorFunction(fn)) throw noGenerator(fn.name);
  const call = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    const owner = method === undefined ? "" : `${className(this)}.`;
    const name = options.name ?? `${owner}${method ?? (fn.name === "" ? "anonymous" : fn.name)}`;
    return runTraced(
      {
        name,
        entities: findEntities([this, args]),
        context: options.context ?? {},
        severity: options.severity,
      },
      async () => {
        const result = await fn.apply(this, args);
        if (types.isGeneratorObject(result)) throw noGenerator(name);
        return result;
      },
    );
  };
  // To those who look at it, it is the function that was given.
  return Object.defineProperty(call, "name", { value: fn.name, configurable: true });
}

function notTraced(value: unknown): MiError {
  return usageError(
    `entityTracer() takes a function to trace, or options, got ${value === null ? "null" : typeof value}`,
  );
}

/** Its body runs after the call has ended, in no commit. */
function noGenerator(name: string): MiError {
  return usageError(
    `${name} gives a generator, whose body would run after the traced call has ended; trace a function that consumes it`,
  );
}

function className(value: unknown): string {
  if (typeof value === "function") return value.name;
  return typeof value === "object" && value !== null ? value.constructor.name : "anonymous";
}
