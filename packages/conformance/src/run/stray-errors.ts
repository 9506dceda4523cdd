/** An error that reached nobody: a promise that nobody handles, or a throw in a timer or an event. */
export interface StrayError {
  readonly kind: "rejection" | "throw";
  readonly error: unknown;
}

type StrayEvent = "unhandledRejection" | "uncaughtException";

/** What is used of the `process` of Node, Bun and Deno. */
interface ProcessEvents {
  on(event: StrayEvent, listener: (error: unknown) => void): unknown;
  off(event: StrayEvent, listener: (error: unknown) => void): unknown;
}

/**
 * Tells errors that would otherwise end the process, until what it answers is called. Where the environment has no
 * such events, or keeps them to itself as jest does, none is told.
 */
export function watchStrayErrors(tell: (stray: StrayError) => void): () => void {
  const process: unknown = Reflect.get(globalThis, "process");
  if (!isProcess(process)) return () => undefined;
  const rejection = (error: unknown): void => tell({ kind: "rejection", error });
  const thrown = (error: unknown): void => tell({ kind: "throw", error });
  process.on("unhandledRejection", rejection);
  process.on("uncaughtException", thrown);
  return () => {
    process.off("unhandledRejection", rejection);
    process.off("uncaughtException", thrown);
  };
}

function isProcess(value: unknown): value is ProcessEvents {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "on") === "function" &&
    typeof Reflect.get(value, "off") === "function"
  );
}
