/** The package has no types of its own. */
declare module "pino-roll" {
  import type { EventEmitter } from "node:events";
  import type { DestinationStream } from "pino";

  /** A SonicBoom that begins a new file from time to time. */
  export interface RollingFile extends EventEmitter, DestinationStream {
    end(): void;
  }

  export default function roll(options: {
    readonly file: string;
    readonly size?: string;
    readonly frequency?: "daily" | "hourly";
    readonly dateFormat?: string;
    readonly limit?: { readonly count: number; readonly removeOtherLogFiles?: boolean };
    readonly mkdir?: boolean;
    readonly sync?: boolean;
  }): Promise<RollingFile>;
}
