import { ChatMessage, ChatThread } from "@mi/threads";
import { exitCodes, type Command } from "../cli/command.ts";
import { shortId } from "../cli/short-id.ts";
import { counted } from "../cli/table.ts";
import { UsageError } from "../cli/usage-error.ts";
import { turnAt } from "../input/turns.ts";
import { findThread } from "../look/find-thread.ts";
import { messageSummary } from "../look/message-text.ts";
import { canonical, threadFigures, threadMessages } from "../storage/thread-messages.ts";
import { threadTimeline } from "../storage/timeline.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const history: Command = {
  name: "history",
  summary: "Shows every version of a thread, and the messages that each one added.",
  positionals: ["THREAD"],
  options: storageOption,
  notes: ["THREAD is the name of a conversation, or the end of a thread's id."],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const { lineageId, surveyed } = await findThread(registry, args.positionals[0] ?? "");
      const thread = await registry.latest(ChatThread, lineageId);
      if (thread === undefined) throw new UsageError("Of this thread nothing is stored");
      const { turns, messages } = threadFigures(thread);
      const timeline = await threadTimeline(registry, lineageId);
      const name = surveyed?.record.name ?? thread.name ?? "";
      terminal.print(
        `${[name, surveyed?.status].join("  ").trim()}  thread ${lineageId}\n${counted(turns, "turn")}, ${counted(messages, "message")}, ${counted(timeline.length, "version")}`,
      );
      const commits = new Map<number, string>();
      for await (const { sequence, createdAt, operation } of registry.commits({ lineageId }))
        commits.set(sequence, `${createdAt.toISOString()}  ${operation ?? ""}`);
      const known = new Map(thread.history.map((message) => [message.ecsId, message]));
      const all = threadMessages(thread);
      const system = thread.systemPrompt === null ? 0 : 1;
      for (const version of timeline) {
        const turn = turnAt(all, version.length + system - 1);
        terminal.print(
          `\n${shortId(version.ecsId)}  turn ${turn}  ${commits.get(version.sequence) ?? ""}`,
        );
        for (const id of version.added) {
          const message = known.get(id) ?? (await registry.getOrThrow(ChatMessage, id));
          terminal.print(`  ${shortId(id)}  ${messageSummary(canonical(message))}`);
        }
      }
      return exitCodes.ok;
    }),
};
