import type { EcsId, EntityRegistry } from "@mi/ecs";
import { ChatThread } from "@mi/threads";
import { exitCodes, type Command } from "../cli/command.ts";
import { counted, table } from "../cli/table.ts";
import { fieldText } from "../look/field-text.ts";
import { findVersion } from "../look/find-version.ts";
import { knownTypes } from "../storage/known-types.ts";
import { fullMessage } from "../look/message-text.ts";
import { threadMessages } from "../storage/thread-messages.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const show: Command = {
  name: "show",
  summary: "Shows one version: its fields, where it comes from, who made it and why.",
  positionals: ["VERSION"],
  options: storageOption,
  notes: [
    "VERSION is the end of a version's id; or a thread, for its newest version; or THREAD@TURN, for the",
    "version after that turn.",
  ],
  run: (args, { terminal }) =>
    withKeptStorage(args, async ({ registry }) => {
      const ecsId = await findVersion(registry, args.positionals[0] ?? "");
      for (const line of await origin(registry, ecsId)) terminal.print(line);
      for (const line of await fields(registry, ecsId)) terminal.print(line);
      return exitCodes.ok;
    }),
};

/** Which version it is, and what its commit says. */
async function origin(registry: EntityRegistry, ecsId: EcsId): Promise<readonly string[]> {
  const [stored] = await registry.storage.read([ecsId]);
  if (stored === undefined) return [];
  const { record, commitId } = stored;
  const rows = [
    ["version", ecsId],
    ["lineage", record.lineageId],
    ["parent", record.parentId ?? "none, the first version"],
    ["made", record.createdAt],
  ];
  for await (const commit of registry.commits({ lineageId: record.lineageId })) {
    if (commit.id !== commitId) continue;
    const { operation, actor, reason, cause, correlationId, versions } = commit;
    rows.push(["commit", `${commitId}, with ${counted(versions.length, "version")}`]);
    const said = { operation, actor, reason, cause, run: correlationId };
    for (const [name, value] of Object.entries(said))
      if (value !== undefined) rows.push([name, value]);
    break;
  }
  return [record.type, ...table(rows.map(([name = "", value = ""]) => [`  ${name}`, value]))];
}

async function fields(registry: EntityRegistry, ecsId: EcsId): Promise<readonly string[]> {
  const record = await registry.coldSnapshot(ecsId);
  const type = record && knownTypes[record.type];
  if (record === undefined) return [];
  if (type === undefined) return ["", record.data];
  const entity = await registry.getOrThrow(type, ecsId);
  const isThread = entity instanceof ChatThread;
  const rows = Object.entries(entity)
    .filter(([name]) => !(isThread && name === "history"))
    .map(([name, value]) => [`  ${name}`, fieldText(value)]);
  const messages = isThread ? threadMessages(entity) : [];
  return [
    "",
    ...table(rows),
    ...messages.flatMap((message, index) => ["", fullMessage(message, index)]),
  ];
}
