import { currentScope } from "../ambient.ts";
import { mergeContexts, type CommitContext } from "../commit-context.ts";
import type { Logger } from "../logger.ts";
import { surroundingTrace, type Trace } from "../trace/trace.ts";

/**
 * Puts on each line who does what, from the async context: operation, actor and correlation id, as a commit made now would
 * say them. What a line says itself wins. A logger that throws breaks nothing: what is logged has happened.
 *
 * @param own what every commit of the registry says
 */
export function contextLogger(logger: Logger, own: CommitContext): Logger {
  const line =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level]({ ...whoDoesWhat(own), ...fields }, message);
      } catch (error) {
        process.emitWarning(`the logger threw at "${message}": ${String(error)}`, "MiWarning");
      }
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

function whoDoesWhat(own: CommitContext): object {
  const calls: Trace[] = [];
  for (let call = surroundingTrace(); call !== undefined; call = call.parent) calls.unshift(call);
  const { operation, actor, correlationId } = mergeContexts(
    own,
    currentScope()?.context,
    { operation: calls[0]?.name },
    ...calls.flatMap((call) => call.contexts),
  );
  // Not there rather than undefined: some loggers print that.
  return {
    ...(operation !== undefined && { operation }),
    ...(actor !== undefined && { actor }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
