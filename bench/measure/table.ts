import { ratioOf, verdictOf, type BenchResult, type Line } from "./line.ts";
import { formatQuantity, type Quantity } from "./quantity.ts";

const header = ["", "measured", "middle half", "against", "", "ratio", "bound", "aim", "met"];

/** A bench as a text table. */
export function formatTable({ name, title, lines }: BenchResult): string {
  const rows = [header, ...lines.map(cellsOf)];
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const text = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, isNumeric(column)))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [`${name}: ${title}`, "", text[0], rule, ...text.slice(1), ""].join("\n");
}

function cellsOf(line: Line): readonly string[] {
  const { what, measured, against, target } = line;
  const ratio = ratioOf(line);
  return [
    what,
    formatQuantity(measured),
    formatMiddleHalf(measured),
    against?.what ?? "",
    against === undefined ? "" : formatQuantity(against.measured),
    formatRatio(ratio),
    formatRatio(target?.bound),
    formatRatio(target?.aim),
    verdictOf(line),
  ];
}

function formatMiddleHalf({ unit, middleHalf }: Quantity): string {
  return middleHalf === undefined
    ? ""
    : middleHalf.map((value) => formatQuantity({ unit, value })).join(" – ");
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? "" : `${ratio.toFixed(ratio < 100 ? 2 : 0)}×`;
}

function isNumeric(column: number): boolean {
  return column === 1 || column === 2 || (column >= 4 && column <= 7);
}

function pad(cell: string, width: number, isRight: boolean): string {
  const space = " ".repeat(width - cell.length);
  return isRight ? space + cell : cell + space;
}
