export type Unit = "seconds" | "bytes" | "count";

/** What was measured, in base units. */
export interface Quantity {
  readonly unit: Unit;
  readonly value: number;
  /** Where half of the samples are, when `value` is the median of several. */
  readonly middleHalf?: readonly [from: number, to: number] | undefined;
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
  return {
    unit: "seconds",
    value: quantile(sorted, 0.5),
    middleHalf: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
  };
}

function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1);
  const lower = sorted[Math.floor(place)];
  const upper = sorted[Math.ceil(place)];
  if (lower === undefined || upper === undefined) throw new RangeError("there is no sample");
  return lower + (upper - lower) * (place - Math.floor(place));
}
