import { ChatThread } from "@mi/threads";
import { exitCodes, type Command } from "../cli/command.ts";
import { shortId } from "../cli/short-id.ts";
import { count, table } from "../cli/table.ts";
import { allThreads } from "../look/find-thread.ts";
import { threadFigures } from "../storage/thread-messages.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const threads: Command = {
  name: "threads",
  summary: "Lists the stored threads.",
  positionals: [],
  options: storageOption,
  notes: [
    "complete: the thread holds its whole conversation. partial: it broke off; the next run begins it",
    "again. superseded: it broke off, and was begun again in a later thread. damaged: it can't be read;",
    "demo verify says why.",
  ],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const found = await allThreads(registry);
      const rows = [
        ["thread", "name", "status", "turns", "messages", "tool calls", "newest version"],
      ];
      for (const { lineageId, surveyed } of found) {
        const newest = (await registry.heads(lineageId)).at(-1);
        // A thread that no run of the demo made has nothing but itself.
        const foreign = surveyed ? undefined : await registry.latest(ChatThread, lineageId);
        const figures = surveyed?.figures ?? (foreign && threadFigures(foreign));
        rows.push([
          shortId(lineageId),
          surveyed?.record.name ?? foreign?.name ?? "",
          surveyed?.status ?? "",
          count(figures?.turns ?? 0),
          count(figures?.messages ?? 0),
          count(figures?.toolCalls ?? 0),
          newest === undefined ? "none" : shortId(newest),
        ]);
      }
      for (const line of table(rows, [3, 4, 5])) terminal.print(line);
      return exitCodes.ok;
    }),
};
