import type { JsonValue } from "../json.ts";

/** One request as the server got it. */
export interface RecordedRequest {
  /** 1 for the first request of this server. */
  readonly number: number;
  readonly path: string;
  /** Names in lower case, credentials included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes that came, as text. */
  readonly bodyText: string;
  readonly body: JsonValue;
  /** Milliseconds since 1970, by the server's clock. */
  readonly receivedAt: number;
}
