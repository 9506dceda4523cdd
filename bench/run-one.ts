import type { BenchResult } from "./measure/line.ts";
import { allBenches } from "./rows/all-benches.ts";

// The process of one bench: main.ts starts it and takes the result.
const wanted = process.argv[2];
const bench = allBenches.find(({ name }) => name === wanted);
if (bench === undefined || process.send === undefined)
  throw new Error("run main.js with the name of a bench");
const { name, title } = bench;
const result: BenchResult = { name, title, lines: await bench.run() };
process.send(result, () => process.disconnect());
