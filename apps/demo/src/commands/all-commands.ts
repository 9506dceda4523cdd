import type { Command } from "../cli/command.ts";
import { diff } from "./diff.ts";
import { history } from "./history.ts";
import { mermaid } from "./mermaid.ts";
import { run } from "./run.ts";
import { show } from "./show.ts";
import { threads } from "./threads.ts";
import { verify } from "./verify.ts";

/** In the order in which the help names them. */
export const allCommands: readonly Command[] = [run, threads, history, show, diff, mermaid, verify];
