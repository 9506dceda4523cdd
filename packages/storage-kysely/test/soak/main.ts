import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recoveringServer } from "../faults/recovering-server.ts";
import { PostgresSoak } from "./postgres-soak.ts";
import { SqliteSoak } from "./sqlite-soak.ts";
import type { Soak, SoakOptions } from "./soak.ts";

/** Breaks things for some minutes on each engine, and prints what was done and found. Exit code 1: a promise was broken. */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    engine: { type: "string", default: "both" },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (
  !(minutes > 0) ||
  !Number.isSafeInteger(seed) ||
  !/^(sqlite|postgres|both)$/.test(values.engine)
)
  throw new Error("usage: soak [--minutes 5] [--seed 1] [--engine sqlite|postgres|both]");

const say = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), "mi-soak-"));
// A server that runs as another user comes to its files in it.
chmodSync(folder, 0o755);
try {
  if (values.engine !== "postgres") await run("SQLite", (options) => new SqliteSoak(options));
  if (values.engine !== "sqlite") {
    const server = await recoveringServer();
    try {
      await run("PostgreSQL", (options) => new PostgresSoak(options, server));
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(name: string, make: (options: SoakOptions) => Soak): Promise<void> {
  say(`${name}, ${minutes} minutes, seed ${seed}`);
  const soak = make({ seed, minutes, folder, say });
  await soak.breakOnPurpose();
  await soak.run();
  say(soak.counts.toString());
  if (!soak.counts.isGood) process.exitCode = 1;
}
