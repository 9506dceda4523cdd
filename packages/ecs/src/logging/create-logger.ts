// oxlint-disable-next-line typescript/triple-slash-reference -- an import of it would remain in the built file
/// <reference path="./pino-roll.d.ts" />
import { destination, pino, type DestinationStream, type Level, type Logger } from "pino";
import roll, { type RollingFile } from "pino-roll";
import { systemClock, type Clock } from "../clock.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";

/** When a log file ends and the next one begins, and how many are kept. */
export interface Rotation {
  /** About how large a file gets: "500k", "10m", "1g". Default "10m". */
  readonly size?: string | undefined;
  /** Begins a new file each day or hour, local time, with the date in its name. Default: by size alone. */
  readonly frequency?: "daily" | "hourly" | undefined;
  /** How many files there are at most, the one in use included; 2 or more. The oldest go first. Default 10. */
  readonly keep?: number | undefined;
}

/** Where a logger writes, and what. */
export interface CreateLoggerOptions {
  /**
   * Where the lines go: "logs/app.log" makes `logs/app.1.log`, then `logs/app.2.log`. The folder is made. Default: standard
   * output.
   */
  readonly file?: string | undefined;
  /** The least severe level that is written. Default "info"; `logger.level = "debug"` changes it while the program runs. */
  readonly level?: Level | "silent" | undefined;
  readonly rotate?: Rotation | undefined;
  /** Told when a line can't be written, e.g. because the disk is full; it is tried again with the next. Default: a process warning. */
  readonly onError?: ((error: Error) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** A pino logger that owns its file. */
export type ClosableLogger = Logger & {
  /**
   * Releases the file; every line before it is there. Close registries first: a line after it is a fault, which a registry
   * reports as a process warning.
   */
  close(): Promise<void>;
};

/**
 * A pino logger that writes JSON lines, to files that rotate or to standard output. Each line is written before the call
 * that logs it returns: none is lost when the process ends or crashes.
 *
 * @example
 * const logger = await createLogger({ file: "logs/app.log", level: "debug", rotate: { size: "20m", keep: 5 } });
 * const registry = new EntityRegistry({ storage, logger });
 * // …
 * await registry.close();
 * await logger.close();
 * @throws MiError of code MI_LOG_OPEN when the file can't be opened or an option makes no sense
 */
export async function createLogger(options: CreateLoggerOptions = {}): Promise<ClosableLogger> {
  const { file, level = "info", clock = systemClock } = options;
  if (level !== "silent" && !(level in pino.levels.values))
    throw logError(
      `level must be ${Object.keys(pino.levels.values).join(", ")} or silent, got ${JSON.stringify(level)}`,
    );
  const stream: DestinationStream | RollingFile =
    file === undefined ? destination({ fd: 1, sync: true }) : await openFile(file, options);
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= "end" in stream && file !== undefined ? closeFile(stream) : Promise.resolve());
  return Object.assign(logger, { close });
}

async function openFile(
  file: string,
  { rotate = {}, onError = warn }: CreateLoggerOptions,
): Promise<RollingFile> {
  const { size = "10m", frequency, keep = 10 } = rotate;
  // pino-roll takes what it doesn't know for megabytes.
  if (typeof size !== "string" || !/^[\d.]+[kmg]$/i.test(size) || !(Number.parseFloat(size) > 0))
    throw cantOpen(
      file,
      `rotate.size must be like "500k", "10m" or "1g", got ${JSON.stringify(size)}`,
    );
  if (!Number.isInteger(keep) || keep < 2)
    throw cantOpen(file, `rotate.keep must be a whole number of 2 or more, got ${keep}`);
  const dates = { daily: "yyyy-MM-dd", hourly: "yyyy-MM-dd-HH" };
  try {
    const stream = await roll({
      file,
      size,
      limit: { count: keep, removeOtherLogFiles: true },
      mkdir: true,
      // Asynchronous writes would be lost when the process crashes, which is when a log is read.
      sync: true,
      ...(frequency === undefined ? {} : { frequency, dateFormat: dates[frequency] }),
    });
    stream.on("error", onError);
    return stream;
  } catch (error) {
    throw cantOpen(file, String(error), error);
  }
}

function closeFile(stream: RollingFile): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("close", () => {
      resolve();
    });
    stream.once("error", reject);
    stream.end();
  });
}

function cantOpen(file: string, problem: string, cause?: unknown): MiError {
  return logError(`the log file ${file} can't be opened: ${problem}`, { cause, details: { file } });
}

function logError(message: string, options?: ConstructorParameters<typeof MiError>[2]): MiError {
  const code: EcsErrorCode = "MI_LOG_OPEN";
  return new MiError(code, message, options);
}

function warn(error: Error): void {
  process.emitWarning(`a log line could not be written: ${error.message}`, "MiWarning");
}
