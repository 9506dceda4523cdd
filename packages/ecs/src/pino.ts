export { createLogger } from "./logging/create-logger.ts";
export type { ClosableLogger, CreateLoggerOptions, Rotation } from "./logging/create-logger.ts";
