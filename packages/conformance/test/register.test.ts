import { clauses, register } from "@mi/conformance";
import type { RegisterOptions, RunnerApi } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { emptyTarget } from "./empty-target.ts";

interface Collected {
  readonly names: string[];
  readonly groups: string[];
  readonly timeouts: Set<number>;
  readonly runs: Map<string, (...context: unknown[]) => Promise<void>>;
}

function registered(options?: RegisterOptions) {
  const collected: Collected = { names: [], groups: [], timeouts: new Set(), runs: new Map() };
  const api: RunnerApi = {
    describe(name, define) {
      collected.groups.push(name);
      define();
    },
    test(name, run, timeout) {
      collected.timeouts.add(timeout);
      collected.names.push(name);
      collected.runs.set(name.slice(0, 5), run);
    },
  };
  const registration = register(emptyTarget(), api, options);
  const run = async (id: string, ...context: unknown[]): Promise<unknown> => {
    const found = collected.runs.get(id);
    return found?.(...context).then(
      () => "passed",
      (error: unknown) => error,
    );
  };
  return { ...collected, registration, run };
}

test("each clause is one test, named by its id, level and sentence, in one group", () => {
  const { names, groups } = registered();
  expect(groups).toEqual(["conformance of empty"]);
  expect(names).toEqual(clauses.map(({ id, level, title }) => `${id} ${level} ${title}`));
});

test("the test functions take no named parameter: runners take one for a callback", () => {
  const { runs } = registered();
  expect(new Set([...runs.values()].map(({ length }) => length))).toEqual(new Set([0]));
});

test("a runner gives each test more time than the kit gives its clause, as far as a timer goes", () => {
  expect([...registered().timeouts]).toEqual([120_000]);
  expect([...registered({ timeLimit: 500 }).timeouts]).toEqual([1000]);
  expect([...registered({ timeLimit: 2 ** 31 - 1 }).timeouts]).toEqual([2 ** 31 - 1]);
});

test("a test fails when a MUST clause fails, with the error of the clause", async () => {
  const { run } = registered();
  expect(await run("C-001")).toBe("passed");
  expect(await run("C-023")).toMatchObject({ code: "MI_CONFORMANCE_FAILED" });
});

test("what did not run, and a SHOULD that failed, is skipped where the runner can, else passes", async () => {
  const { run } = registered();
  expect(await run("C-004")).toBe("passed");
  const reasons: unknown[] = [];
  const context = { skip: (reason: unknown) => reasons.push(reason) };
  await run("C-004", context);
  await run("C-166", context);
  await run("C-001", context);
  expect(reasons).toEqual(["the medium is not durable", expect.stringContaining("read only")]);
});

test("a context that is a function can skip as well: that of vitest is one", async () => {
  const { run } = registered();
  const reasons: unknown[] = [];
  const skip = (reason: unknown): unknown => reasons.push(reason);
  await run(
    "C-004",
    Object.assign(() => undefined, { skip }),
  );
  expect(reasons).toEqual(["the medium is not durable"]);
});

test("results and the report say what happened, also where the runner cannot", async () => {
  const told: string[] = [];
  const { run, registration } = registered({
    only: ["C-001", "C-004", "C-166", "C-300"],
    onResult: ({ id, status }) => told.push(`${id} ${status}`),
  });
  await run("C-001");
  await run("C-004");
  await run("C-166");
  expect(told).toEqual(["C-001 pass", "C-004 not-run", "C-166 fail"]);
  const { results, verdict, facts } = registration.report();
  const reasons = Object.fromEntries(results.map(({ id, reason }) => [id, reason]));
  expect(reasons).toMatchObject({
    "C-004": "the medium is not durable",
    "C-300": "not started",
    "C-002": "not selected",
  });
  expect(verdict).toBe("incomplete");
  expect(facts).toMatchObject({ durable: false });
});

test("without describe the tests stand alone", () => {
  const names: string[] = [];
  register(emptyTarget(), { test: (name) => names.push(name) }, { only: ["harness"] });
  expect(names.map((name) => name.slice(0, 5))).toEqual(
    clauses.filter(({ area }) => area === "harness").map(({ id }) => id),
  );
});
