import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { clauses, parseReport } from "@mi/conformance";
import { runCli } from "../src/cli/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "mi-conformance-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const target = (name: string): string => join(import.meta.dirname, "targets", `${name}.ts`);
const file = (name: string): string => join(folder, name);

async function cli(...args: readonly string[]) {
  const texts = { out: "", err: "" };
  const code = await runCli(args, {
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
  });
  return { code, ...texts };
}

test("it prints the report, and answers 0 when no MUST clause failed", async () => {
  const { code, out, err } = await cli(target("empty"), "--only", "C-001,C-004", "--seed", "7");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Conformance of empty (kit");
  expect(out).toContain("seed 7, gate)");
  expect(out).toContain("pass    C-001");
  expect(out).toContain("not run C-004");
});

test("it answers 1 when a MUST clause failed, and 0 when only a SHOULD did", async () => {
  expect(await cli(target("empty"), "--only", "C-023")).toMatchObject({ code: 1, err: "" });
  expect(await cli(target("empty"), "--only", "C-166")).toMatchObject({ code: 0, err: "" });
});

test("only may be repeated and takes areas", async () => {
  const json = file("areas.json");
  await cli(target("empty"), "--only", "heads", "--only", "C-001", "--json", json);
  const { results } = parseReport(readFileSync(json, "utf8"));
  const selected = results.filter(({ reason }) => reason !== "not selected");
  const expected = clauses.filter(({ id, area }) => id === "C-001" || area === "heads");
  expect(selected.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
});

test("it writes the report as JSON and as Markdown", async () => {
  const [json, markdown] = [file("report.json"), file("report.md")];
  await cli(target("fresh"), "--only", "C-001", "--json", json, "--markdown", markdown);
  expect(parseReport(readFileSync(json, "utf8"))).toMatchObject({ target: "fresh", seed: 1 });
  expect(readFileSync(markdown, "utf8")).toContain("## Conformance of fresh");
});

test("it compares with another report by clause: 0 when they agree, 1 with what differs when not", async () => {
  const json = file("before.json");
  await cli(target("empty"), "--only", "C-001", "--json", json);
  const same = await cli(target("empty"), "--only", "C-001", "--seed", "2", "--compare", json);
  expect(same.code).toBe(0);
  expect(same.out).toContain("The same, clause by clause, as empty");
  const other = await cli(target("fresh"), "--only", "C-001", "--compare", json);
  expect(other.code).toBe(1);
  expect(other.out).toContain("in 1 clauses");
  expect(other.out).toContain("C-001 there: pass, here: fail.");
});

test("a call that can't be meant answers 2, says why, and runs nothing", async () => {
  writeFileSync(file("no-report.json"), '{"results":[{"id":1}]}');
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /one TARGET, got 0/],
    [[target("empty"), target("fresh")], /one TARGET, got 2/],
    [[target("empty"), "--seed", "x"], /--seed takes a whole number, got "x"/],
    [[target("empty"), "--budget", "huge"], /--budget is gate or soak/],
    [[target("empty"), "--time-limit", "0"], /timeLimit is a whole number from 1/],
    [[target("empty"), "--time-limit", "9999999999"], /timeLimit is a whole number from 1/],
    [[target("empty"), "--only", ""], /No clause is selected/],
    [[target("empty"), "--wat"], /--wat/],
    [[target("empty"), "--only", "C-999"], /"C-999"/],
    [[target("absent")], /absent.ts can't be loaded/],
    [[target("nothing")], /exports no target/],
    [[target("empty"), "--compare", file("absent.json")], /can't be compared with/],
    [[target("empty"), "--compare", file("no-report.json")], /JSON of a conformance report/],
    [[target("empty"), "--only", "C-001", "--json", folder], /can't be written/],
  ];
  for (const [args, reason] of wrong) {
    const { code, err } = await cli(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(reason)]);
    expect(err).toContain("--help");
  }
});

test("help tells every option and the exit codes", async () => {
  const { code, out } = await cli("--help");
  expect(code).toBe(0);
  for (const option of ["only", "seed", "budget", "time-limit", "json", "markdown", "compare"])
    expect(out).toContain(`--${option}`);
  expect(out).toContain("Exit code");
});
