import { currentScope } from "../ambient.ts";
import { mergeContexts } from "../commit-context.ts";
import type { EndedCall } from "../entity/warm-state.ts";
import { silentLogger, type Logger } from "../logger.ts";
import { checkSeverity, isReported, type TraceSeverity } from "../trace/severity.ts";
import { EventBus, type RegistryEvents } from "./events.ts";

/** Tells a registry's listeners and its log about traced calls, and about listeners that threw. */
export class Reporter {
  readonly events: EventBus;
  readonly #logger: Logger;
  #severity: TraceSeverity;

  constructor(logger: Logger, severity: TraceSeverity) {
    this.#logger = logger;
    this.#severity = checkSeverity(severity);
    this.events = new EventBus((error, event) => this.#reportFault(error, event));
  }

  /** Which traced calls are reported from now on. */
  set severity(severity: TraceSeverity) {
    this.#severity = checkSeverity(severity);
  }

  reportCall(call: EndedCall): void {
    if (!isReported(call.severity, this.#severity)) return;
    const { name, nested, severity, outcome, milliseconds, error, context } = call;
    const { actor, correlationId } = mergeContexts(currentScope()?.context, context);
    this.#logger.info(
      {
        operation: name,
        ...(actor !== undefined && { actor }),
        ...(correlationId !== undefined && { correlationId }),
        nested,
        severity,
        outcome,
        milliseconds,
        ...(error !== undefined && { err: error }),
      },
      "traced call ended",
    );
    this.events.emit("trace", call);
  }

  /** What a listener threw: logged, or without a logger an uncaught error of the process. */
  #reportFault(error: unknown, event: keyof RegistryEvents): void {
    if (this.#logger === silentLogger)
      queueMicrotask(() => {
        throw error;
      });
    else this.#logger.error({ event, err: error }, "a listener threw");
  }
}
