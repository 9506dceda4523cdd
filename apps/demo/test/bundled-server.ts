import { readFile } from "node:fs/promises";
import {
  startChatServer,
  transcriptResponder,
  type ChatServer,
  type RecordedRequest,
  type Transcript,
} from "@mi/clients/testing";
import { bundledInput } from "../src/input/read-conversations.ts";

/** A server that answers the conversations of the demo; `onRequest` is called before each answer. */
export async function startBundledServer(
  onRequest: (request: RecordedRequest) => void,
): Promise<ChatServer> {
  const lines = (await readFile(bundledInput, "utf8")).trim().split("\n");
  const transcripts = lines.map((line): Transcript => JSON.parse(line));
  const answer = transcriptResponder(transcripts);
  return startChatServer({
    respond: (request) => {
      onRequest(request);
      return answer(request);
    },
  });
}
