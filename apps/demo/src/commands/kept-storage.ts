import type { CommandArguments, CommandOption } from "../cli/command.ts";
import { defaultStorage, openKept, type OpenedStorage } from "../storage/open-storage.ts";

/** For commands that look at what a run has kept. */
export const storageOption: Readonly<Record<"storage", CommandOption>> = {
  storage: { value: "sqlite:PATH", says: `Where it was kept (default: ${defaultStorage})` },
};

/** Opens the storage that a command was given, and closes it after use. */
export async function withKeptStorage<Result>(
  args: CommandArguments,
  use: (storage: OpenedStorage) => Promise<Result>,
): Promise<Result> {
  const storage = await openKept(args.options["storage"] ?? defaultStorage);
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}
