import { readFile, writeFile } from "node:fs/promises";
import { MiError } from "@mi/ecs";
import { compareReports } from "../report/compare-reports.ts";
import type { ReportDifference } from "../report/compare-reports.ts";
import { formatReport } from "../report/format-report.ts";
import { parseReport } from "../report/parse-report.ts";
import type { Report } from "../report/report.ts";
import { runConformance } from "../run/run-conformance.ts";
import { loadTarget } from "./load-target.ts";
import { parseArguments, usage } from "./parse-arguments.ts";
import type { Arguments } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Does what a command line says, and answers the exit code. */
export async function runCli(args: readonly string[], { out, err }: Output): Promise<number> {
  try {
    const asked = parseArguments(args);
    if (asked === "help") {
      out(usage);
      return 0;
    }
    return await run(asked, out);
  } catch (error) {
    if (!MiError.is(error) || !error.code.startsWith("MI_CONFORMANCE_")) throw error;
    err(`${error.message}\nSee mi-conformance --help.\n`);
    return 2;
  }
}

async function run(asked: Arguments, out: Output["out"]): Promise<number> {
  const { only, seed, budget, timeLimit } = asked;
  // Before the run: a file that is not there should not cost the time of a run.
  const other = asked.compare === undefined ? undefined : await readReport(asked.compare);
  const target = await loadTarget(asked.target);
  const report = await runConformance(target, { only, seed, budget, timeLimit });
  out(formatReport(report, "text"));
  if (asked.json !== undefined) await write(asked.json, formatReport(report, "json"));
  if (asked.markdown !== undefined) await write(asked.markdown, formatReport(report, "markdown"));
  const differences = other === undefined ? [] : compareReports(other, report);
  if (other !== undefined) out(comparison(other, differences));
  return report.totals.must.fail > 0 || differences.length > 0 ? 1 : 0;
}

async function readReport(path: string): Promise<Report> {
  try {
    return parseReport(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} can't be compared with: ${messageOf(error)}`, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new UsageError(`${path} can't be written: ${messageOf(error)}`, error);
  }
}

function messageOf(error: unknown): string {
  return String(Reflect.get(Object(error), "message"));
}

function comparison(other: Report, differences: readonly ReportDifference[]): string {
  const name = `${other.target} (kit ${other.kitVersion}, seed ${other.seed})`;
  if (differences.length === 0) return `\nThe same, clause by clause, as ${name}\n`;
  const lines = differences.map(
    ({ id, first = "no such clause", second = "no such clause", title }) =>
      `  ${id} there: ${first}, here: ${second}. ${title}`,
  );
  return `\nDifferent from ${name} in ${differences.length} clauses:\n${lines.join("\n")}\n`;
}
