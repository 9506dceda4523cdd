export type Unit = "seconds" | "bytes" | "count";

/** What was measured, in base units. */
export interface Quantity {
  readonly unit: Unit;
  readonly value: number;
  /** The lowest and highest sample, where `value` is the median of several. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

const steps: Readonly<Record<Unit, readonly (readonly [factor: number, name: string])[]>> = {
  seconds: [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
  ],
  bytes: [
    [1e6, "MB"],
    [1e3, "KB"],
    [1, "B"],
  ],
  count: [[1, ""]],
};

export function formatQuantity({ unit, value }: Quantity): string {
  const [factor, name] = steps[unit].find(([least]) => Math.abs(value) >= least) ??
    steps[unit].at(-1) ?? [1, ""];
  const scaled = value / factor;
  const digits = unit === "count" || Number.isInteger(scaled) || scaled >= 100 ? 0 : 2;
  return `${scaled.toLocaleString("en", { maximumFractionDigits: digits })} ${name}`.trim();
}

export function bytes(value: number): Quantity {
  return { unit: "bytes", value };
}

export function count(value: number): Quantity {
  return { unit: "count", value };
}

/** The median of samples in seconds. */
export function medianTime(samples: readonly number[]): Quantity {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  const low = sorted[0];
  const high = sorted.at(-1);
  if (upper === undefined || lower === undefined || low === undefined || high === undefined)
    throw new RangeError("a median needs at least one sample");
  return { unit: "seconds", value: (lower + upper) / 2, range: [low, high] };
}
