import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ratioOf, verdictOf, type BenchResult } from "./measure/line.ts";
import { thisMachine, type Machine } from "./measure/machine.ts";
import { formatTable } from "./measure/table.ts";
import { allBenches } from "./rows/all-benches.ts";

const usage = `pnpm --filter @mi/bench bench [name...] [--json FILE] [--profile FOLDER]

${allBenches.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join("\n")}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => allBenches.every((bench) => bench.name !== name));
if (values.help || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no bench ${JSON.stringify(name)}.`);
  console.error(usage);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const machine = thisMachine();
console.log(describe(machine), "\n");
const results: BenchResult[] = [];
for (const { name } of allBenches) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const result = await runInProcess(name, values.profile);
  results.push(result);
  console.log(formatTable(result));
}
if (values.json !== undefined) await writeFile(values.json, jsonOf(machine, results));

/** A process of its own for each, so that none runs on code or a heap that another one left behind. */
async function runInProcess(name: string, profile: string | undefined): Promise<BenchResult> {
  const child = fork(fileURLToPath(new URL("run-one.js", import.meta.url)), [name], {
    execArgv: [
      "--expose-gc",
      ...(profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]),
    ],
  });
  let result: BenchResult | undefined;
  child.on("message", (message: BenchResult) => {
    result = message;
  });
  const [code] = await once(child, "exit");
  if (result === undefined) throw new Error(`${name} ended with code ${code} and no result`);
  return result;
}

function describe({ node, v8, platform, cpu, cores, memoryBytes }: Machine): string {
  const memory = Math.round(memoryBytes / 2 ** 30);
  return `Node ${node} (V8 ${v8}), ${platform}, ${cores} cores of ${cpu}, ${memory} GiB`;
}

function jsonOf(machine: Machine, results: readonly BenchResult[]): string {
  const benches = results.map((result) => ({
    ...result,
    lines: result.lines.map((line) => ({ ...line, ratio: ratioOf(line), met: verdictOf(line) })),
  }));
  return `${JSON.stringify({ machine, benches }, null, 2)}\n`;
}
