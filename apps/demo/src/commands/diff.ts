import { RefList, type EcsId, type EntityRegistry, type FieldChange } from "@mi/ecs";
import { ChatMessage } from "@mi/threads";
import { exitCodes, type Command } from "../cli/command.ts";
import { shortId } from "../cli/short-id.ts";
import { fieldText, versionName } from "../look/field-text.ts";
import { findVersion } from "../look/find-version.ts";
import { messageSummary } from "../look/message-text.ts";
import { canonical } from "../storage/thread-messages.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const diff: Command = {
  name: "diff",
  summary: "Shows what differs between two versions.",
  positionals: ["A", "B"],
  options: storageOption,
  notes: [
    "A and B are ends of versions' ids; or threads, for their newest versions; or THREAD@TURN, for the",
    "version after that turn.",
  ],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const [a = "", b = ""] = args.positionals;
      const from = await findVersion(registry, a);
      const to = await findVersion(registry, b);
      const found = await registry.diff(from, to);
      terminal.print(`${found.type}  ${shortId(from)} → ${shortId(to)}`);
      if (found.changes.length === 0) terminal.print("  nothing differs");
      for (const change of found.changes)
        for (const line of await describeChange(registry, change)) terminal.print(line);
      return exitCodes.ok;
    }),
};

async function describeChange(
  registry: EntityRegistry,
  { path, kind, old, new: now, edits }: FieldChange,
): Promise<readonly string[]> {
  const place = `  ${path.join(".")} ${kind}`;
  if (edits === undefined)
    return [
      place,
      ...(kind === "added" ? [] : [`    - ${fieldText(old)}`]),
      ...(kind === "removed" ? [] : [`    + ${fieldText(now)}`]),
    ];
  const lines = [place];
  const before = isRefList(old) ? old : RefList.empty;
  for (const { at, remove, insert } of edits) {
    for (const id of before.slice(at, at + remove))
      lines.push(`    - ${await describeVersion(registry, id)}`);
    for (const id of insert) lines.push(`    + ${await describeVersion(registry, id)}`);
  }
  return lines;
}

async function describeVersion(registry: EntityRegistry, id: EcsId): Promise<string> {
  const record = await registry.coldSnapshot(id);
  if (record?.type !== "mi.ChatMessage") return `${record?.type ?? "unknown"} ${versionName(id)}`;
  const message = await registry.getOrThrow(ChatMessage, id);
  return `${shortId(id)}  ${messageSummary(canonical(message))}`;
}

function isRefList(value: unknown): value is RefList {
  return (
    typeof value === "object" && value !== null && Symbol.iterator in value && "slice" in value
  );
}
