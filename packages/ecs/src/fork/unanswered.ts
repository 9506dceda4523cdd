import type { WarmState } from "../entity/warm-state.ts";
import { StorageError } from "../errors.ts";
import { MiError } from "../mi-error.ts";
import type { Commit, CommitResult, EntityStorage } from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import type { NewVersion } from "./build-versions.ts";
import { contentOf } from "./content.ts";

/** A commit that was sent, and of which nobody here knows whether it was written. */
export interface Unanswered {
  readonly commit: Commit;
  readonly versions: readonly NewVersion[];
}

const unanswered = new WeakMap<WarmState, Unanswered>();

/** How often a commit is sent again at once when the connection was lost. */
const REPEATS = 2;

/**
 * What `storage.commit` answers; over a lost connection the same commit is sent again, which writes nothing twice.
 *
 * @param onDoubt called when it may have been written without an answer: only an answer, no later error, ends that doubt
 */
export async function send(
  commit: Commit,
  storage: EntityStorage,
  onDoubt: () => void,
): Promise<CommitResult> {
  for (let left = REPEATS; ; left--) {
    try {
      return await storage.commit(commit);
    } catch (error) {
      if (mayBeWritten(error)) onDoubt();
      if (left === 0 || !isLostConnection(error)) throw error;
    }
  }
}

function isLostConnection(error: unknown): boolean {
  return MiError.is(error) && error.code === "MI_STORAGE_CONNECTION";
}

/** Whether a commit that failed like this may have been written all the same. */
function mayBeWritten(error: unknown): boolean {
  if (!(error instanceof StorageError)) return !MiError.is(error);
  const { code } = error;
  return (
    code === "MI_STORAGE_CONNECTION" ||
    code === "MI_STORAGE_TIMEOUT" ||
    code === "MI_STORAGE_UNEXPECTED"
  );
}

/** Keeps in mind that a commit may have been written. */
export function noteUnanswered(sent: Unanswered): void {
  for (const { state } of sent.versions) unanswered.set(state, sent);
}

/** The commit without an answer that one of the copies was part of. */
export function unansweredOf(states: Iterable<WarmState>): Unanswered | undefined {
  for (const state of states) {
    const sent = unanswered.get(state);
    if (sent !== undefined) return sent;
  }
  return undefined;
}

export function forget({ versions }: Unanswered): void {
  for (const { state } of versions) unanswered.delete(state);
}

/** Whether the copies are as they were sent, so that the same commit says what a new one would. */
export function isUnchanged({ versions }: Unanswered): boolean {
  const ids = new Map(versions.map(({ state, recorded }) => [state, recorded.record.ecsId]));
  const idOf = (state: WarmState): WarmState["ecsId"] => ids.get(state) ?? state.ecsId;
  return versions.every(({ state, recorded: { record, content } }) => {
    const { data, refs, lists } = contentOf(state);
    return (
      data === content.data &&
      refs.length === record.refs.length &&
      refs.every((held, i) => idOf(held) === record.refs[i]) &&
      lists.length === content.lists.length &&
      lists.every((list, i) => {
        const sent = record.lists[i];
        return (
          list === content.lists[i] && sent !== undefined && RefList.equal(sent, list.ids(idOf))
        );
      })
    );
  });
}

export async function wasWritten(
  { versions }: Unanswered,
  storage: EntityStorage,
): Promise<boolean> {
  const [first] = versions;
  if (first === undefined) return false;
  const [found] = await storage.read([first.recorded.record.ecsId]);
  return found !== undefined;
}

/** Makes copies that were changed since stand on what was written; their next fork compares all of their content. */
export function standOnWritten(
  { versions }: Unanswered,
  moveOn: (version: NewVersion) => void,
): void {
  for (const version of versions) {
    const { state } = version;
    for (const list of [...version.recorded.content.lists, ...contentOf(state).lists])
      list.start = undefined;
    moveOn(version);
    state.mustFork = false;
    state.mergingFrom = null;
    for (const field of state.type.fields.keys()) state.touch(field);
  }
}
