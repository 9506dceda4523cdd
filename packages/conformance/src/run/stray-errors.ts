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

type Tell = (stray: StrayError) => void;

/** Who is told, the last one alone: a command watches all the time, and a clause while it runs. */
const watchers: Tell[] = [];

/**
 * Tells errors that would otherwise end the process, until what it answers is called; while somebody else watches who
 * began later, that one is told. Where the environment has no such events, or keeps them to itself as jest does, none
 * is told.
 */
export function watchStrayErrors(tell: Tell): () => void {
  const process: unknown = Reflect.get(globalThis, "process");
  if (!isProcess(process)) return () => undefined;
  watchers.push(tell);
  if (watchers.length === 1) {
    process.on("unhandledRejection", rejection);
    process.on("uncaughtException", thrown);
  }
  return () => {
    const place = watchers.lastIndexOf(tell);
    if (place !== -1) watchers.splice(place, 1);
    if (watchers.length > 0) return;
    process.off("unhandledRejection", rejection);
    process.off("uncaughtException", thrown);
  };
}

function rejection(error: unknown): void {
  watchers.at(-1)?.({ kind: "rejection", error });
}

function thrown(error: unknown): void {
  watchers.at(-1)?.({ kind: "throw", error });
}

function isProcess(value: unknown): value is ProcessEvents {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "on") === "function" &&
    typeof Reflect.get(value, "off") === "function"
  );
}
