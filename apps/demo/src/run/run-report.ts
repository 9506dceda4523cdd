import { count, table } from "../cli/table.ts";
import type { OpenedStorage } from "../storage/open-storage.ts";
import type { SurveyedThread } from "../storage/survey.ts";

/** What there is to count in a storage. */
export interface StorageFigures {
  readonly conversations: number;
  readonly turns: number;
  readonly messages: number;
  readonly toolCalls: number;
  readonly versions: number;
  readonly commits: number;
  readonly tokens: number;
  /** `undefined` when it isn't on disk. */
  readonly bytes: number | undefined;
}

export async function measure(
  storage: OpenedStorage,
  threads: readonly SurveyedThread[],
): Promise<StorageFigures> {
  const sum = (name: "turns" | "messages" | "toolCalls" | "tokens"): number =>
    threads.reduce((total, { figures }) => total + figures[name], 0);
  const { versions, commits } = await storage.registry.status();
  return {
    conversations: threads.filter(({ status }) => status === "complete").length,
    turns: sum("turns"),
    messages: sum("messages"),
    toolCalls: sum("toolCalls"),
    tokens: sum("tokens"),
    versions,
    commits,
    bytes: await storage.bytesOnDisk(),
  };
}

/** What a run has added, beside what the storage holds now. */
export function runReport(
  before: StorageFigures,
  after: StorageFigures,
  seconds: number,
): readonly string[] {
  const row = (name: string, from: number, to: number): readonly string[] => [
    `  ${name}`,
    count(to - from),
    count(to),
  ];
  const bytes =
    after.bytes === undefined
      ? ["  bytes on disk", "none", "none"]
      : row("bytes on disk", before.bytes ?? 0, after.bytes);
  return table(
    [
      ["", "this run", "in storage"],
      row("conversations", before.conversations, after.conversations),
      row("turns", before.turns, after.turns),
      row("messages", before.messages, after.messages),
      row("tool calls", before.toolCalls, after.toolCalls),
      row("versions", before.versions, after.versions),
      row("commits", before.commits, after.commits),
      row("tokens", before.tokens, after.tokens),
      bytes,
      ["  seconds", seconds.toFixed(1), ""],
    ],
    [1, 2],
  );
}
