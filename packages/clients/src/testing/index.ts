export { startChatServer, type ChatServer, type ChatServerOptions } from "./chat-server.ts";
export type {
  ChatResponder,
  ChatServerReply,
  FaultReply,
  MessageReply,
  RawReply,
  ReplyToolCall,
} from "./chat-server-reply.ts";
export type { RecordedRequest } from "./recorded-request.ts";
export {
  scriptedResponder,
  type ScriptedResponder,
  type ScriptStep,
} from "./scripted-responder.ts";
export type { Transcript } from "./transcript-index.ts";
export type { TranscriptMessage, TranscriptToolCall } from "./transcript-message.ts";
export { transcriptResponder } from "./transcript-responder.ts";
