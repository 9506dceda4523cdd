import type { Command } from "../cli/command.ts";
import { positiveInteger } from "../cli/command-line.ts";
import { readConversations } from "../input/read-conversations.ts";
import { defaultStorage } from "../storage/open-storage.ts";
import { verifyStorage } from "../verify/verify-storage.ts";
import { storageOption, withKeptStorage } from "./kept-storage.ts";

export const verify: Command = {
  name: "verify",
  summary: "Checks from disk alone that every stored thread equals its transcript.",
  positionals: [],
  options: {
    ...storageOption,
    input: { value: "FILE", says: "The transcripts (default: the files that were run)" },
    limit: { value: "N", says: "With --input: only its first N conversations have to be there" },
  },
  notes: [
    "Each thread must equal its transcript message for message, and the version after each turn must",
    "hold exactly the messages up to there (of threads over 40 turns, 40 evenly spread ones). The",
    "requests of those turns are made again from the stored versions and compared with the hash of",
    "what was sent. Exit code 1 if anything differs.",
  ],
  async run(args, { terminal }) {
    const limit = positiveInteger(args, "limit", undefined);
    const file = args.options["input"];
    const input = file === undefined ? undefined : await readConversations(file);
    return withKeptStorage(args, (storage) => {
      terminal.print(`Verifying ${args.options["storage"] ?? defaultStorage}`);
      return verifyStorage(storage, terminal, input, limit);
    });
  },
};
