const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * How long the server asks to wait, in milliseconds from `now`: `retry-after-ms`, then `retry-after` (seconds or a date),
 * then the words "try again in 1m2.5s" of the error message. `undefined` when it asks for nothing.
 */
export function readRetryAfter(
  headers: Headers | undefined,
  errorMessage: string | undefined,
  now: number,
): number | undefined {
  const milliseconds = amount(headers?.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const header = headers?.get("retry-after");
  const seconds = amount(header);
  if (seconds !== undefined) return seconds * 1_000;
  const date = Date.parse(header ?? "");
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  return errorMessage === undefined ? undefined : durationInWords(errorMessage);
}

function amount(text: string | null | undefined): number | undefined {
  return /^\s*\d+(?:\.\d+)?\s*$/.test(text ?? "") ? Number(text) : undefined;
}

function durationInWords(message: string): number | undefined {
  const duration = /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(message)?.[1];
  if (duration === undefined) return undefined;
  const parts = duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gi);
  return [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[(unit ?? "").toLowerCase()] ?? 0),
    0,
  );
}
