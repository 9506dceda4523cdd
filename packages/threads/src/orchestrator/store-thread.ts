import type { ChatThread } from "../entities/chat-thread.ts";
import type { Run } from "./run.ts";

/**
 * Appends the thread's new message and stores both. A thread that waits for an answer already, since a run before failed
 * or was aborted, is taken as it stands.
 *
 * @throws MiError of code MI_THREADS_NO_MESSAGE; what `EntityRegistry.register` throws
 */
export async function storeUserMessage(thread: ChatThread, run: Run): Promise<void> {
  const isRetry = thread.newMessage === null && thread.awaitsAnswer;
  if (isRetry) return;
  const now = new Date(run.clock.now());
  const message = run.registry.detached(() => thread.addUserMessage(now));
  if (message === undefined) return;
  await run.registry.register(thread, { ...run.context, operation: "ChatThread.addUserMessage" });
}

/** Stores what else has changed in a thread, so that what is sent is exactly a stored version. */
export async function storeThread(thread: ChatThread, run: Run): Promise<void> {
  const context = { ...run.context, operation: "InferenceOrchestrator.storeThread" };
  // Again, if other code changed the thread while it was stored.
  do await run.registry.register(thread, context);
  while (thread.hasModifications());
}
