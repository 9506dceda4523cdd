// Running
export { clauses } from "./clauses/all.ts";
export { rules } from "./rules.ts";
export type { RuleName } from "./rules.ts";
export { runConformance } from "./run/run-conformance.ts";
export type { ConformanceOptions } from "./run/conformance-options.ts";
export { register } from "./run/register.ts";
export type { RegisterOptions, Registration, RunnerApi } from "./run/register.ts";
export { formatReport } from "./report/format-report.ts";
export type { ReportFormat } from "./report/format-report.ts";
export { compareReports } from "./report/compare-reports.ts";
export type { ReportDifference } from "./report/compare-reports.ts";
export { parseReport } from "./report/parse-report.ts";

// What a backend provides
export type {
  ConformanceTarget,
  Medium,
  MediumFacts,
  MediumFaults,
  StorageEvent,
  StorageEventListener,
  StorageEventOutcome,
} from "./target.ts";

export { wrapTarget } from "./wrap-target.ts";

// What comes out
export { ConformanceError } from "./conformance-error.ts";
export type { ConformanceErrorCode, ConformanceFailure } from "./conformance-error.ts";
export type {
  ClauseFailure,
  ClauseResult,
  ClauseStatus,
  LevelTotals,
  Report,
} from "./report/report.ts";
export type { Budget, Clause, ClauseArea, ClauseContext, ClauseLevel, Need } from "./clause.ts";
export type { Stopwatch } from "./clock.ts";

// For a backend's own tests
export { Fixtures } from "./fixtures/fixtures.ts";
export type { CommitInit, Target, VersionInit } from "./fixtures/fixtures.ts";
export { hostileData, hostileText } from "./fixtures/hostile-text.ts";
export { Random } from "./random.ts";
