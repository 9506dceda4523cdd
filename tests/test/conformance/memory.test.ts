import { clauses, formatReport, register, runConformance } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { faultyTarget, soundFaults } from "./faulty-target.ts";
import { memoryTarget } from "./memory-target.ts";

test("with every fact and every hook there is no clause that is not run, and none fails", async () => {
  const report = await runConformance(faultyTarget(soundFaults));
  // The reports of all other backends are compared with this one.
  expect(report.results.map(({ id, status }) => [id, status])).toEqual(
    clauses.map(({ id }) => [id, "pass"]),
  );
  const text = formatReport(report, "text");
  expect(text).toContain("MUST: ");
  expect(text).toContain("Verdict: pass");
});

test("a run through tests gives the same results as one without them", async () => {
  const results: string[] = [];
  const tests: (() => Promise<void>)[] = [];
  const registration = register(
    memoryTarget,
    { test: (_name, run) => tests.push(run) },
    { only: ["heads", "faults"], onResult: ({ id, status }) => results.push(`${id} ${status}`) },
  );
  for (const run of tests) await run();
  const alone = await runConformance(memoryTarget, { only: ["heads", "faults"] });
  const summary = (report: typeof alone) =>
    report.results.map(({ id, status }) => `${id} ${status}`);
  expect(summary(registration.report())).toEqual(summary(alone));
  expect(results).toEqual(summary(alone).filter((line) => results.includes(line)));
  expect(alone.verdict).toBe("incomplete");
});
