import { exitCodes, type Command } from "../cli/command.ts";
import { findThread } from "../look/find-thread.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const mermaid: Command = {
  name: "mermaid",
  summary: "Draws the versions of a thread as a Mermaid flowchart.",
  positionals: ["THREAD"],
  options: storageOption,
  notes: ["THREAD is the name of a conversation, or the end of a thread's id."],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const { lineageId } = await findThread(registry, args.positionals[0] ?? "");
      const lineage = await registry.lineage(lineageId);
      terminal.print(lineage.toMermaid().trimEnd());
      return exitCodes.ok;
    }),
};
