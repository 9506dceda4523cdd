import { runCli } from "./run-cli.ts";

/** Long enough for what closes by itself, short enough for a build that waits. */
const patience = 3000;

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

// It fires only when something else keeps the process alive.
setTimeout(() => {
  process.stderr.write("The target left something open that keeps the process alive; ended it.\n");
  process.exit();
}, patience).unref();
