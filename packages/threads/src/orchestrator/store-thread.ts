import type { ChatThread } from "../entities/chat-thread.ts";
import { threadsError } from "../errors.ts";
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

/** How often a thread may change while it is stored before that is taken for a mistake. */
const mostTries = 10;

/**
 * Stores what else has changed in a thread, so that what is sent is exactly a stored version.
 *
 * @throws MiError of code MI_THREADS_NOT_STORED; what `EntityRegistry.register` throws
 */
export async function storeThread(thread: ChatThread, run: Run): Promise<void> {
  const context = { ...run.context, operation: "InferenceOrchestrator.storeThread" };
  for (let tries = 0; tries < mostTries; tries++) {
    await run.registry.register(thread, context);
    // Other code may have changed the thread while it was stored.
    if (!thread.hasModifications()) return;
  }
  throw threadsError(
    "MI_THREADS_NOT_STORED",
    `ChatThread ${thread.lineageId} is still not stored as it stands: the run is inside a traced call or transaction, which commits at its end, or other code changes the thread all the time; run it outside of both`,
    { details: { lineageId: thread.lineageId } },
  );
}
