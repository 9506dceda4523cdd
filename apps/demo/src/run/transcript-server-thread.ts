import { parentPort, workerData } from "node:worker_threads";
import { startChatServer, transcriptResponder, type Transcript } from "@mi/clients/testing";

// The body of the thread that `startTranscriptServer` starts: it tells its address, and serves until it is terminated.
const transcripts: readonly Transcript[] = workerData;
const server = await startChatServer({
  respond: transcriptResponder(transcripts),
  keepRequests: 0,
});
parentPort?.postMessage(server.url);
