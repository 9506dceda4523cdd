import { clauses, ConformanceError, register, runConformance } from "@mi/conformance";
import type { ClauseResult, ConformanceTarget } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { emptyStorage, emptyTarget } from "./empty-target.ts";

test("each clause is a result: passed, failed with what was expected, or not run with the reason", async () => {
  const report = await runConformance(emptyTarget(), { seed: 5 });
  const result = (id: string) => report.results.find((found) => found.id === id);
  expect(result("C-001")).toMatchObject({ status: "pass" });
  expect(result("C-004")).toMatchObject({
    status: "not-run",
    reason: "the medium is not durable",
  });
  expect(result("C-300")).toMatchObject({
    status: "not-run",
    reason: "the medium has no fault hook loseNextReply",
  });
  expect(result("C-023")).toMatchObject({
    status: "fail",
    error: { message: expect.stringContaining("read only") },
  });
  expect(result("C-166")).toMatchObject({ level: "SHOULD", status: "fail" });
  expect(report).toMatchObject({
    target: "empty",
    seed: 5,
    budget: "gate",
    verdict: "fail",
    facts: { durable: false, maxPayloadBytes: 1024 },
  });
  const { must, should } = report.totals;
  expect(must.pass + must.fail + must.notRun + should.pass + should.fail + should.notRun).toBe(
    report.results.length,
  );
});

test("a failed check tells the clause, the place, both values, the trace and how to repeat it", async () => {
  const storage = {
    ...emptyStorage(),
    stats: async () => ({ versions: 3, lineages: 0, commits: 0 }),
  };
  const target = emptyTarget({ open: async () => storage });
  const { results } = await runConformance(target, { only: ["C-001"], seed: 9 });
  const error = results[0]?.error;
  expect(error).toMatchObject({ code: "MI_CONFORMANCE_FAILED", expected: "0", actual: "3" });
  expect(error?.message).toContain("C-001: what a fresh medium shows, at .stats.versions");
  expect(error?.message).toContain('repeat with only: ["C-001"], seed: 9');
});

test("an error of the backend itself is told with its clause, its code, its own stack and how to repeat it", async () => {
  const thrown = Object.assign(new Error("no table"), { code: "SQLITE_ERROR" });
  const storage = { ...emptyStorage(), stats: () => Promise.reject(thrown) };
  const target = emptyTarget({ open: async () => storage });
  const { results } = await runConformance(target, { only: ["C-001"], seed: 9 });
  const error = results[0]?.error;
  expect(error).toMatchObject({
    code: "SQLITE_ERROR",
    actual: "SQLITE_ERROR: no table",
    stack: thrown.stack,
  });
  expect(error?.message).toContain("C-001: the backend threw during: the clause");
  expect(error?.message).toContain("repeat with --only C-001 --seed 9");
});

test("only selects by id and by area; all others are reported as not selected", async () => {
  const { results, verdict } = await runConformance(emptyTarget(), { only: ["C-001", "faults"] });
  const selected = results.filter(({ reason }) => reason !== "not selected");
  const faults = clauses.filter(({ area }) => area === "faults").map(({ id }) => id);
  expect(selected.map(({ id }) => id)).toEqual(["C-001", ...faults]);
  expect(faults).toContain("C-300");
  expect(verdict).toBe("incomplete");
});

test("an unknown name in only is an error: a typing mistake must not run nothing", async () => {
  await expect(runConformance(emptyTarget(), { only: ["C-001", "C-999"] })).rejects.toMatchObject({
    code: "MI_CONFORMANCE_UNKNOWN_CLAUSE",
    details: { name: "C-999" },
  });
});

test("results are told one by one, in order, as they come", async () => {
  const told: ClauseResult[] = [];
  const { results } = await runConformance(emptyTarget(), {
    only: ["harness"],
    onResult: (result) => told.push(result),
  });
  expect(told).toEqual(results);
});

test("an aborted run reports what is left as not run", async () => {
  const controller = new AbortController();
  const { results, verdict } = await runConformance(emptyTarget(), {
    only: ["harness"],
    signal: controller.signal,
    onResult: ({ id }) => {
      if (id === "C-001") controller.abort();
    },
  });
  expect(results.slice(0, 3).map(({ status, reason }) => [status, reason])).toEqual([
    ["pass", undefined],
    ["not-run", "the run was aborted"],
    ["not-run", "the run was aborted"],
  ]);
  expect(verdict).toBe("incomplete");
});

test("a target that cannot make a medium fails each clause with its own error", async () => {
  const target = { name: "none", create: () => Promise.reject(new Error("no disk")) };
  const report = await runConformance(target, { only: ["heads"] });
  const heads = report.results.filter(({ area }) => area === "heads");
  for (const { id, error } of heads) {
    expect(error?.message).toContain(`${id}: the backend threw during: making the medium`);
    expect(error?.message).toContain("no disk");
    expect(error?.message).toContain(`repeat with --only ${id} --seed 1`);
  }
  expect(report.facts).toBeUndefined();
});

test("instances are closed before the medium is destroyed, also after a failure and when not run", async () => {
  const events: string[] = [];
  let opened = 0;
  const target = emptyTarget({
    async open() {
      const name = `instance ${opened++}`;
      return { ...emptyStorage(), close: async () => void events.push(`close ${name}`) };
    },
    destroy: async () => void events.push("destroy"),
  });
  await runConformance(target, { only: ["C-003"] });
  await runConformance(target, { only: ["C-302"] });
  expect(events).toEqual(["close instance 0", "close instance 1", "destroy", "destroy"]);
});

test("a clean-up that fails makes the clause fail, and is told beside an earlier failure", async () => {
  const target = emptyTarget({ destroy: () => Promise.reject(new Error("still in use")) });
  const { results } = await runConformance(target, { only: ["C-001", "C-023"] });
  const failures = results.filter(({ status }) => status === "fail");
  expect(failures.map(({ id }) => id)).toEqual(["C-001", "C-023"]);
  expect(failures[0]?.error?.message).toContain("still in use");
  expect(failures[1]?.error?.message).toMatch(/^C-023: .*read only\n.*still in use/s);
});

test("a run with the same seed is the same run, but for its times", async () => {
  const run = async (seed: number): Promise<readonly number[]> => {
    const seeds: number[] = [];
    const target = emptyTarget();
    await runConformance(
      {
        name: "seeds",
        create(context) {
          seeds.push(context.seed);
          return target.create(context);
        },
      },
      { seed, only: ["harness"] },
    );
    return seeds;
  };
  expect(await run(1)).toEqual(await run(1));
  expect(await run(1)).not.toEqual(await run(2));
});

test("a clause that hangs fails when its time is over, says so, and the run goes on", async () => {
  const hanging = { ...emptyStorage(), heads: () => new Promise<never>(() => undefined) };
  const target = emptyTarget({ open: async () => hanging });
  const { results } = await runConformance(target, { only: ["C-001", "C-124"], timeLimit: 20 });
  const statuses = results.map(({ id, status }) => `${id} ${status}`);
  expect(statuses).toContain("C-001 fail");
  expect(statuses).toContain("C-124 fail");
  const [first] = results;
  expect(first?.error).toMatchObject({ code: "MI_CONFORMANCE_FAILED" });
  expect(first?.error?.message).toContain("C-001: the clause did not end within the time limit");
  expect(first?.error?.message).toContain("at most 20 ms");
});

test("a medium that is never made, and an instance that never closes, end with the time limit too", async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const unmade = await runConformance(
    { name: "unmade", create: never },
    { only: ["C-001"], timeLimit: 20 },
  );
  expect(unmade.results[0]?.error?.message).toContain("making the medium did not end");
  const open = { ...emptyStorage(), close: never };
  const target = emptyTarget({ open: async () => open });
  const unclosed = await runConformance(target, { only: ["C-001"], timeLimit: 20 });
  expect(unclosed.results[0]?.error?.message).toContain("closing and destroying did not end");
});

test("durations come from the stopwatch that was given", async () => {
  let now = 0;
  const stopwatch = (): number => (now += 5);
  const { results } = await runConformance(emptyTarget(), { only: ["C-001"], stopwatch });
  expect(results[0]?.ms).toBe(5);
});

test("a ConformanceError is a typed error with plain data in its details", () => {
  const failure = {
    clause: "C-001",
    what: "it",
    expected: "1",
    actual: "2",
    seed: 3,
    trace: ["a"],
  };
  const error = new ConformanceError(failure);
  const { what, ...shown } = failure;
  expect(error).toMatchObject({ ...shown, code: "MI_CONFORMANCE_FAILED" });
  expect(error.message).toContain(`C-001: ${what}`);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ details: failure });
});

test("a selection of nothing is refused, and a target without a medium fails each clause", async () => {
  await expect(runConformance(emptyTarget(), { only: [] })).rejects.toMatchObject({
    code: "MI_CONFORMANCE_UNKNOWN_CLAUSE",
  });
  for (const create of [
    async () => undefined,
    async () => ({ open: async () => emptyStorage() }),
  ]) {
    const target = { ...emptyTarget(), create: create as never };
    const { verdict, results } = await runConformance(target, { only: ["C-001"] });
    expect(verdict).toBe("fail");
    expect(results.find(({ id }) => id === "C-001")?.error).toMatchObject({
      code: "MI_CONFORMANCE_USAGE",
      message: expect.stringContaining("must answer a medium"),
    });
  }
});

test("an option that makes no sense is refused before anything is run, and named", async () => {
  const created: number[] = [];
  const target: ConformanceTarget = {
    name: "counting",
    async create({ seed }) {
      created.push(seed);
      return emptyTarget().create({ seed });
    },
  };
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ seed: Number.NaN }, /seed is a whole number of 0 or more, got NaN/],
    [{ seed: -1 }, /seed .* got -1/],
    [{ seed: 1.5 }, /seed .* got 1.5/],
    [{ budget: "huge" }, /budget is gate or soak, got huge/],
    [{ timeLimit: 0 }, /timeLimit is a whole number from 1 to 2147483647, got 0/],
    [{ timeLimit: Number.NaN }, /timeLimit .* got NaN/],
    [{ timeLimit: 2 ** 31 }, /timeLimit .* got 2147483648/],
    [{ signal: "now" }, /signal is an AbortSignal, got now/],
  ];
  for (const [options, reason] of wrong) {
    await expect(runConformance(target, options)).rejects.toMatchObject({
      code: "MI_CONFORMANCE_USAGE",
      message: expect.stringMatching(reason),
    });
    expect(() => register(target, { test: () => undefined }, options)).toThrow(reason);
  }
  for (const only of ["C-001", ["c-001"], [""], [1]])
    await expect(runConformance(target, { only: only as never })).rejects.toMatchObject({
      code: "MI_CONFORMANCE_UNKNOWN_CLAUSE",
    });
  expect(created).toEqual([]);
});

test("what onResult throws ends the run, after the clause has cleaned up", async () => {
  let destroyed = 0;
  const target = emptyTarget({ destroy: async () => void destroyed++ });
  const run = runConformance(target, {
    only: ["harness"],
    onResult: () => {
      throw new RangeError("no more room for results");
    },
  });
  await expect(run).rejects.toThrow("no more room for results");
  expect(destroyed).toBe(1);
});

test("a run that is aborted before it begins makes no medium, and one that ends in a clause lets it end", async () => {
  const created: number[] = [];
  const controller = new AbortController();
  const target: ConformanceTarget = {
    name: "aborting",
    async create({ seed }) {
      created.push(seed);
      controller.abort();
      return emptyTarget().create({ seed });
    },
  };
  const before = await runConformance(target, { signal: AbortSignal.abort(), only: ["harness"] });
  expect(created).toEqual([]);
  expect(before).toMatchObject({ facts: undefined, verdict: "incomplete" });
  const { results } = await runConformance(target, {
    signal: controller.signal,
    only: ["harness"],
  });
  expect(results.slice(0, 2).map(({ status }) => status)).toEqual(["pass", "not-run"]);
  expect(created).toHaveLength(1);
});

test("what is thrown before a promise is there is told as any other error", async () => {
  const thrown = new TypeError("not yet");
  const throwing = (): never => {
    throw thrown;
  };
  const targets: readonly (readonly [ConformanceTarget, string])[] = [
    [{ name: "create", create: throwing }, "making the medium"],
    [emptyTarget({ open: throwing }), "the clause"],
    [emptyTarget({ open: async () => ({ ...emptyStorage(), stats: throwing }) }), "the clause"],
    [emptyTarget({ destroy: throwing }), "cleaning up after the clause"],
    [
      emptyTarget({ open: async () => ({ ...emptyStorage(), close: throwing }) }),
      "cleaning up after the clause",
    ],
  ];
  for (const [target, where] of targets) {
    const { results } = await runConformance(target, { only: ["C-001"] });
    expect(results[0]).toMatchObject({
      status: "fail",
      error: { message: expect.stringContaining("not yet") },
    });
    expect(results[0]?.error?.message).toContain(where);
  }
});

test("a medium that is never destroyed ends with the time limit, and the next clause is run", async () => {
  const target = emptyTarget({ destroy: () => new Promise<never>(() => undefined) });
  const { results } = await runConformance(target, { only: ["C-001", "C-124"], timeLimit: 20 });
  const failed = results.filter(({ status }) => status === "fail");
  expect(failed.map(({ id }) => id)).toEqual(["C-001", "C-124"]);
  for (const { error } of failed)
    expect(error?.message).toContain("closing and destroying did not end within the time limit");
});

test("facts that are none fail each clause, and say which", async () => {
  const right = { durable: false, multiProcess: false, maxPayloadBytes: 1024 };
  const wrong: readonly (readonly [object, string])[] = [
    [{ ...right, durable: "yes" }, "durable is true or false"],
    [{ durable: false, maxPayloadBytes: 1024 }, "multiProcess is true or false"],
    [{ ...right, maxPayloadBytes: 0 }, "maxPayloadBytes is a whole number of 1 or more"],
    [{ ...right, maxPayloadBytes: "1 GB" }, "maxPayloadBytes is a whole number of 1 or more"],
  ];
  for (const [facts, reason] of wrong) {
    const target = emptyTarget({ facts: facts as never });
    const report = await runConformance(target, { only: ["C-001"] });
    expect(report.results[0]?.error).toMatchObject({
      code: "MI_CONFORMANCE_USAGE",
      message: expect.stringContaining(reason),
    });
    expect(report.facts).toBeUndefined();
  }
});
