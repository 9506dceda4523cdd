/** Where a command writes. Results go to `print`, everything about the way there to `note`. */
export interface Terminal {
  print(text: string): void;
  note(text: string): void;
  /** Replaces what the last call showed; `""` takes it away. Does nothing where lines can't be replaced. */
  showStatus(text: string): void;
  /** Whether somebody is looking, so that a line can be updated in place. */
  readonly interactive: boolean;
}

/** The terminal of this process: results on standard output, notes on standard error. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // A reader that had enough (`demo history x | head`) is no failure.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const interactive = stderr.isTTY === true;
  let statusShown = false;
  const clearStatus = (): void => {
    if (statusShown) stderr.write("\r\u001b[2K");
    statusShown = false;
  };
  return {
    interactive,
    print(text) {
      clearStatus();
      stdout.write(`${text}\n`);
    },
    note(text) {
      clearStatus();
      stderr.write(`${text}\n`);
    },
    showStatus(text) {
      if (!interactive) return;
      clearStatus();
      if (text === "") return;
      // Some terminals say that they have no columns. A line that wraps couldn't be taken away again.
      const columns = stderr.columns > 0 ? stderr.columns : 80;
      stderr.write(text.slice(0, columns - 1));
      statusShown = true;
    },
  };
}
