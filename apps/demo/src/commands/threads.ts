import { exitCodes, type Command } from "../cli/command.ts";
import { shortId } from "../cli/short-id.ts";
import { count, table } from "../cli/table.ts";
import { allThreads } from "../look/find-thread.ts";
import { threadFigures } from "../storage/thread-messages.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";
import { ChatThread } from "@mi/threads";

export const threads: Command = {
  name: "threads",
  summary: "Lists the stored threads.",
  positionals: [],
  options: storageOption,
  notes: [
    "complete: the thread holds its whole conversation. partial: it broke off; the next run begins it",
    "again. superseded: it broke off, and was begun again in a later thread.",
  ],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const found = await allThreads(registry);
      const rows = [
        ["thread", "name", "status", "turns", "messages", "tool calls", "newest version"],
      ];
      for (const { lineageId, surveyed } of found) {
        const thread = await registry.latest(ChatThread, lineageId);
        const figures = thread && threadFigures(thread);
        rows.push([
          shortId(lineageId),
          surveyed?.record.name ?? thread?.name ?? "",
          surveyed?.status ?? "",
          count(figures?.turns ?? 0),
          count(figures?.messages ?? 0),
          count(figures?.toolCalls ?? 0),
          thread === undefined ? "none" : shortId(thread.ecsId),
        ]);
      }
      for (const line of table(rows, [3, 4, 5])) terminal.print(line);
      return exitCodes.ok;
    }),
};
