import { parseArgs } from "node:util";
import type { Budget } from "../clause.ts";
import { UsageError } from "./usage-error.ts";

export interface Arguments {
  readonly target: string;
  readonly only: readonly string[] | undefined;
  readonly seed: number | undefined;
  readonly budget: Budget | undefined;
  readonly timeLimit: number | undefined;
  /** Files to write the report to. */
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  /** A report to compare with. */
  readonly compare: string | undefined;
}

export const usage = `Usage: mi-conformance TARGET [options]

Runs the clauses of the storage contract on a backend of @mi/ecs. TARGET is a
JavaScript or TypeScript module whose default export, or export "target", is a
ConformanceTarget.

  --only NAMES       ids or areas of clauses, with commas between; may be repeated
  --seed N           the same seed gives the same run (default 1)
  --budget WHICH     gate (default) or soak: longer random runs and races
  --time-limit MS    what a clause may take
  --json FILE        writes the report as JSON
  --markdown FILE    writes the report as Markdown
  --compare FILE     compares with a report that was written as JSON, by clause
  --help             shows this

Exit code: 0 when no MUST clause failed and the compared report says the same,
1 when one failed or the reports differ, 2 when the call or the target is wrong.
`;

/**
 * What a command line asks for; "help" when it asks how to.
 *
 * @throws UsageError for what it can't mean
 */
export function parseArguments(args: readonly string[]): Arguments | "help" {
  const { values, positionals } = parsed(args);
  if (values.help === true) return "help";
  const [target, ...more] = positionals;
  if (target === undefined || more.length > 0)
    throw new UsageError(`Expected one TARGET, got ${positionals.length}`);
  return {
    target,
    only: values.only?.flatMap((names) => names.split(",")).filter((name) => name !== ""),
    seed: wholeNumber("--seed", values.seed),
    budget: budgetNamed(values.budget),
    timeLimit: wholeNumber("--time-limit", values["time-limit"]),
    json: values.json,
    markdown: values.markdown,
    compare: values.compare,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: "string", multiple: true },
        seed: { type: "string" },
        budget: { type: "string" },
        "time-limit": { type: "string" },
        json: { type: "string" },
        markdown: { type: "string" },
        compare: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(String(Reflect.get(Object(error), "message")), error);
  }
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new UsageError(`${option} takes a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

function budgetNamed(text: string | undefined): Budget | undefined {
  if (text === undefined || text === "gate" || text === "soak") return text;
  throw new UsageError(`--budget is gate or soak, got ${JSON.stringify(text)}`);
}
