import type { EntityRegistry, LineageId } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { exitCodes, type Command } from "../cli/command.ts";
import { shortId } from "../cli/short-id.ts";
import { count, table } from "../cli/table.ts";
import { allThreads } from "../look/find-thread.ts";
import { damageText } from "../storage/damage.ts";
import { surveyThreads } from "../storage/survey.ts";
import { threadFigures, type ThreadFigures } from "../storage/thread-messages.ts";
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
        const foreign = surveyed ? undefined : await readForeign(registry, lineageId);
        const figures = surveyed?.figures ?? foreign?.figures;
        rows.push([
          shortId(lineageId),
          surveyed?.record.name ?? foreign?.name ?? "",
          surveyed?.status ?? foreign?.status ?? "",
          count(figures?.turns ?? 0),
          count(figures?.messages ?? 0),
          count(figures?.toolCalls ?? 0),
          newest === undefined ? "none" : shortId(newest),
        ]);
      }
      for (const line of table(rows, [3, 4, 5])) terminal.print(line);
      const { damaged } = await surveyThreads(registry);
      for (const { ecsId, problem } of damaged)
        terminal.print(`damaged conversation record ${ecsId}: ${problem}`);
      return exitCodes.ok;
    }),
};

interface ForeignThread {
  readonly name: string | null;
  readonly status: "" | "damaged";
  readonly figures: ThreadFigures | undefined;
}

async function readForeign(
  registry: EntityRegistry,
  thread: LineageId,
): Promise<ForeignThread | undefined> {
  try {
    const found = await registry.latest(ChatThread, thread);
    return found && { name: found.name, status: "", figures: threadFigures(found) };
  } catch (error) {
    damageText(error);
    return { name: null, status: "damaged", figures: undefined };
  }
}
