import { watchStrayErrors } from "../run/stray-errors.ts";
import { runCli } from "./run-cli.ts";

/** Long enough for what closes by itself, short enough for a build that waits. */
const patience = 3000;

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

// Each clause tells of its own; what comes when all have ended is no clause's, and must not end in a bare trace.
watchStrayErrors(({ error }) => {
  process.stderr.write(
    `After the last clause an error of the target reached nobody: ${String(error)}\n`,
  );
  process.exitCode = 1;
});

// It fires only when something else keeps the process alive.
setTimeout(() => {
  process.stderr.write("The target left something open that keeps the process alive; ended it.\n");
  process.exit();
}, patience).unref();
