import { watchStrayErrors } from "../run/stray-errors.ts";
import { runCli } from "./run-cli.ts";

/** Long enough for what closes by itself, short enough for a build that waits. */
const patience = 3000;

let hasStrayed = false;

// Each clause tells of its own; what comes when none runs is no clause's, and must not end in a bare trace.
watchStrayErrors(({ error }) => {
  process.stderr.write(
    `Outside of all clauses an error of the target reached nobody: ${String(error)}\n`,
  );
  hasStrayed = true;
  process.exitCode = 1;
});

const code = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exitCode = hasStrayed && code === 0 ? 1 : code;

// It fires only when something else keeps the process alive.
setTimeout(() => {
  process.stderr.write("The target left something open that keeps the process alive; ended it.\n");
  process.exit();
}, patience).unref();
