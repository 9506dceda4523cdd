import { notSelected } from "./report.ts";
import type { ClauseResult, LevelTotals, Report } from "./report.ts";

/** For a terminal, for a document, or for a program. */
export type ReportFormat = "text" | "markdown" | "json";

/** A report for a terminal, for a document, or for a program. */
export function formatReport(report: Report, format: ReportFormat): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "markdown":
      return markdown(report);
    case "text":
      return text(report);
  }
}

const statusNames = { pass: "pass", fail: "FAIL", "not-run": "not run" } as const;

function text(report: Report): string {
  const lines: string[] = [titleOf(report), factsOf(report)];
  let area = "";
  // Who asks for three clauses does not want to look for them among two hundred.
  for (const result of report.results.filter(({ reason }) => reason !== notSelected)) {
    if (result.area !== area) lines.push("", result.area);
    area = result.area;
    lines.push(
      `  ${statusNames[result.status].padEnd(7)} ${result.id} ${result.level.padEnd(6)} ${result.title} (${result.ms.toFixed(1)} ms)`,
    );
    const detail = [detailOf(result), thrownAt(result)].filter((part) => part !== "").join("\n");
    if (detail !== "") lines.push(...detail.split("\n").map((line) => `          ${line}`));
  }
  return `${[...lines, "", ...summaryOf(report)].join("\n")}\n`;
}

function markdown(report: Report): string {
  const rows = report.results.map(
    (result) =>
      `| ${result.id} | ${result.level} | ${result.area} | ${cell(result.title)} | ${statusNames[result.status]} | ${cell(detailOf(result))} |`,
  );
  return `${[
    `## ${titleOf(report)}`,
    "",
    factsOf(report),
    "",
    "| clause | level | area | rule | status | detail |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...summaryOf(report).flatMap((line) => [line, ""]),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

function titleOf({ target, kitVersion, seed, budget }: Report): string {
  return `Conformance of ${target} (kit ${kitVersion}, seed ${seed}, ${budget})`;
}

function factsOf({ facts }: Report): string {
  if (facts === undefined) return "Facts: unknown, no medium could be made";
  return `Facts: ${Object.entries(facts)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ")}`;
}

function detailOf({ status, reason, error }: ClauseResult): string {
  return (status === "fail" ? error?.message : reason) ?? "";
}

/** Where the backend threw an error of its own. Where the kit found a difference tells nothing of the backend. */
function thrownAt({ error }: ClauseResult): string {
  if (error?.code === "MI_CONFORMANCE_FAILED") return "";
  const frame = error?.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return frame === undefined ? "" : `  thrown ${frame.trim()}`;
}

function summaryOf({ results, totals, verdict }: Report): readonly string[] {
  const idsOf = (isMeant: (result: ClauseResult) => boolean): readonly string[] =>
    results.filter(isMeant).map(({ id }) => id);
  const failed = idsOf(({ status }) => status === "fail");
  const left = idsOf(({ reason }) => reason === notSelected);
  return [
    `MUST: ${countsOf(totals.must)}`,
    `SHOULD: ${countsOf(totals.should)}`,
    ...(failed.length > 0 ? [`Failed: ${failed.join(", ")}`] : []),
    ...(left.length > 0 ? [`Not run because they were not selected: ${left.length} clauses`] : []),
    `Verdict: ${verdict}`,
  ];
}

function countsOf({ pass, fail, notRun }: LevelTotals): string {
  return `${pass} passed, ${fail} failed, ${notRun} not run`;
}

/** Text that cannot end a cell or a row of a table. */
function cell(value: string): string {
  return value.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, "<br>");
}
