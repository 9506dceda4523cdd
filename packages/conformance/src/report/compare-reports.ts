import type { ClauseStatus, Report } from "./report.ts";

/** A clause that two reports do not agree on. */
export interface ReportDifference {
  readonly id: string;
  readonly title: string;
  /** Its status in the first report; `undefined` when that one does not have the clause. */
  readonly first: ClauseStatus | undefined;
  readonly second: ClauseStatus | undefined;
}

/**
 * The clauses whose status differs between two reports, by their ids and in their order: none when both say the same.
 * Times, targets, seeds and messages are not compared.
 */
export function compareReports(first: Report, second: Report): readonly ReportDifference[] {
  const [a, b] = [first, second].map(
    ({ results }) => new Map(results.map((result) => [result.id, result])),
  );
  const ids = [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].toSorted();
  return ids.flatMap((id) => {
    const [left, right] = [a?.get(id), b?.get(id)];
    if (left?.status === right?.status) return [];
    const title = left?.title ?? right?.title ?? "";
    return [{ id, title, first: left?.status, second: right?.status }];
  });
}
