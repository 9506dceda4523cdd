import { MiError } from "@mi/ecs";

/** A command line, or a file that it names, that mi-conformance can't work with. */
export class UsageError extends MiError<"MI_CONFORMANCE_USAGE"> {
  constructor(message: string, cause?: unknown) {
    super("MI_CONFORMANCE_USAGE", message, { cause });
  }
}
