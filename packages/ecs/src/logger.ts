/**
 * Where a registry logs: any logger with pino's calls, fields first, then the message. Each line carries `operation`,
 * `actor` and `correlationId` of the running code where they are known, and `ecsId`, `lineageId` and `type` where it is
 * about one entity. `createLogger` of "@mi/ecs/pino" makes one that writes rotating files.
 */
export interface Logger {
  /** Every version that was made, every tree that was loaded. */
  debug(fields: object, message: string): void;
  /** Commits, imports, and traced calls as far as the trace severity goes. */
  info(fields: object, message: string): void;
  /** Conflicts with other writers, and a storage that was cleared. */
  warn(fields: object, message: string): void;
  /** Faults of listeners. */
  error(fields: object, message: string): void;
}

const ignore = (): void => {};

export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
