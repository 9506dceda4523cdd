import type { Quantity } from "./quantity.ts";

/** What a ratio may be, and what it should be. */
export interface Target {
  readonly bound?: number | undefined;
  readonly aim?: number | undefined;
}

/** One measured thing, beside what it is held against. */
export interface Line {
  readonly what: string;
  readonly measured: Quantity;
  readonly against?: { readonly what: string; readonly measured: Quantity } | undefined;
  readonly target?: Target | undefined;
}

/** The lines of one bench. */
export interface BenchResult {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly Line[];
}

/** One bench: it runs in a process of its own, so that none runs on code that another one warmed or spoiled. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  run(): Promise<readonly Line[]>;
}

export function ratioOf({ measured, against }: Line): number | undefined {
  return against === undefined ? undefined : measured.value / against.measured.value;
}

export type Verdict = "aim" | "bound" | "MISSED" | "";

export function verdictOf(line: Line): Verdict {
  const ratio = ratioOf(line);
  const { bound, aim } = line.target ?? {};
  if (ratio === undefined || (bound === undefined && aim === undefined)) return "";
  if (aim !== undefined && ratio <= aim) return "aim";
  if (bound === undefined || ratio <= bound) return "bound";
  return "MISSED";
}
