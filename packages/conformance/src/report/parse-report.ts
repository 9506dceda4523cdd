import { MiError } from "@mi/ecs";
import type { Report } from "./report.ts";

const statuses: readonly unknown[] = ["pass", "fail", "not-run"];

/**
 * A report that was written as JSON.
 *
 * @throws MiError `MI_CONFORMANCE_NOT_A_REPORT` when the text is something else
 */
export function parseReport(text: string): Report {
  const value = parsed(text);
  if (!isReport(value))
    throw new MiError(
      "MI_CONFORMANCE_NOT_A_REPORT",
      "Expected the JSON of a conformance report, with results that have an id and a status; write one with --json",
    );
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Looks at what comparing needs: a report of another version of the kit may have more or less besides. */
function isReport(value: unknown): value is Report {
  if (typeof value !== "object" || value === null || !("results" in value)) return false;
  return Array.isArray(value.results) && value.results.every(isResult);
}

function isResult(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (
    "id" in value &&
    typeof value.id === "string" &&
    "status" in value &&
    statuses.includes(value.status)
  );
}
