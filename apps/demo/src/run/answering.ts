import { OpenAIClient, type ChatClient, MiError } from "@mi/clients";
import type { ToolExecutor } from "@mi/threads";
import { UsageError } from "../cli/usage-error.ts";
import type { Conversation } from "../input/conversation.ts";
import type { ConversationRecord } from "../storage/demo-entities.ts";
import {
  resultsByName,
  resultsByPosition,
  type ConversationsByThread,
} from "./recorded-results.ts";
import { startTranscriptServer } from "./transcript-server.ts";

/** Who answers in a run. */
export interface Answering {
  readonly answeredBy: ConversationRecord["answeredBy"];
  readonly client: ChatClient;
  /** For the user to read. */
  readonly where: string;
  /** How many answers with tool calls may follow one another in a turn. */
  readonly maxToolRounds: number;
  results(conversations: ConversationsByThread): ToolExecutor;
  close(): Promise<void>;
}

/** As OpenAI would allow a program that nobody watches. */
const mostRoundsOfService = 20;

/** The transcripts themselves, served over HTTP by a server of our own, or by one that runs already. */
export async function answeredByTranscripts(
  conversations: readonly Conversation[],
  baseURL: string | undefined,
): Promise<Answering> {
  const server = baseURL === undefined ? await startTranscriptServer(conversations) : undefined;
  const url = server?.url ?? baseURL;
  return {
    answeredBy: "transcript",
    client: openAI({ apiKey: null, baseURL: url }),
    where: server === undefined ? `${url}` : `the transcripts, served at ${url}`,
    maxToolRounds: Math.max(1, ...conversations.map(({ messages }) => messages.length)),
    results: resultsByPosition,
    close: async () => server?.close(),
  };
}

/** @throws UsageError when there is no key. */
export function answeredByOpenAI(
  environment: Readonly<Record<string, string | undefined>>,
  baseURL: string | undefined,
): Answering {
  const apiKey = environment["OPENAI_API_KEY"]?.trim() ?? "";
  if (apiKey === "")
    throw new UsageError(
      "--provider openai needs a key: set OPENAI_API_KEY, or leave --provider out and let the transcripts answer",
    );
  const client = openAI({ apiKey, baseURL });
  return {
    answeredBy: "openai",
    client,
    where: client.baseURL,
    maxToolRounds: mostRoundsOfService,
    results: resultsByName,
    close: async () => undefined,
  };
}

function openAI(options: { apiKey: string | null; baseURL: string | undefined }): OpenAIClient {
  try {
    return new OpenAIClient(options);
  } catch (error) {
    if (MiError.is(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
