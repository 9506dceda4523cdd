import type { Clock } from "../clock.ts";
import { headerFields, type CommitContext } from "../commit-context.ts";
import type { Home, PlannedRefMove, WarmState } from "../entity/warm-state.ts";
import type { EntityType } from "../entity/entity-type.ts";
import { reachableFrom } from "../entity/children.ts";
import { ConcurrentModificationError, RefConflictError } from "../errors.ts";
import { parseCommitId, type EcsId, type IdSource } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import type {
  Commit,
  CommitResult,
  EntityStorage,
  NamedRef,
  VersionWrite,
} from "../storage/contract.ts";
import { lockAll, writerOf } from "../trace/locks.ts";
import { isAnyTraced, surroundingTrace } from "../trace/trace.ts";
import { affectedAmong, suspectsBelow } from "./affected.ts";
import { buildVersions, type NewVersion } from "./build-versions.ts";
import { putBack, setAside, settle } from "./marks.ts";
import {
  forget,
  isUnchanged,
  noteUnanswered,
  send,
  standOnWritten,
  unansweredOf,
  wasWritten,
  type Unanswered,
} from "./unanswered.ts";
import { changedTwins, refuseOwnBranches, validate } from "./validate.ts";

/** What a fork needs of its registry. */
export interface ForkEnvironment {
  readonly home: Home;
  readonly storage: EntityStorage;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Called when there is something to commit. @throws MiError when the context doesn't say enough */
  assertComplete(context: CommitContext): void;
  /** Called with the type of each entity to be written. @throws EntityDefinitionError when the registry has another shape of it */
  meet(type: EntityType): void;
  /** Told of each commit that was written. */
  written(commit: WrittenCommit): void;
}

/** Further versions for a commit, made on top of those that it has. */
export interface Joined {
  readonly versions: readonly VersionWrite[];
  readonly mustBeHeads: readonly EcsId[];
  /** The version that the commit leaves an entity at; `undefined` for what has nothing to do with it. */
  readonly versionOf: (state: WarmState) => EcsId | undefined;
}

/** Works out what joins a fork, while nothing of it is written, with what others made. */
export type Join = (versions: readonly NewVersion[], createdAt: string) => Promise<Joined>;

export interface WrittenCommit {
  readonly commit: Commit;
  readonly sequence: number;
}

/**
 * Commits trees: one new version of each entity in them that is new, modified, or holds one that is, all in one atomic
 * commit. The warm copies move on when it was written. When anything fails before or in the commit, nothing has moved.
 *
 * Code may go on changing them while the commit is under way: such changes belong to the next fork.
 *
 * A commit whose answer was lost before is settled first: sent again as it was, or, when the trees were changed since,
 * looked for.
 */
export async function forkTrees(
  roots: readonly WarmState[],
  environment: ForkEnvironment,
  context: CommitContext,
  refMoves: readonly PlannedRefMove[] = [],
  join?: Join,
): Promise<void> {
  // Nothing may come between the last look and the marks being taken: another fork may begin in the same tick.
  let suspects = suspectsBelow(roots);
  for (;;) {
    const wait = firstWait(roots, suspects, environment);
    if (wait === undefined) break;
    await wait;
    suspects = suspectsBelow(roots);
  }
  const { affected } = affectedAmong(suspects);
  refuseForeign([...roots, ...suspects], environment.home);
  validate(affected);
  const header = {
    id: parseCommitId(environment.ids.next()),
    createdAt: new Date(environment.clock.now()).toISOString(),
    ...headerFields(context),
  };
  const isAffected = new Set(affected);
  for (const state of suspects) if (!isAffected.has(state)) settle(state);
  if (affected.length === 0 && refMoves.length === 0) return;
  environment.assertComplete(context);
  for (const { type, isUnknown } of affected) if (!isUnknown) environment.meet(type);
  const twins = changedTwins(roots, affected);
  const mayBranch = context.onConflict === undefined || context.onConflict === "branch";
  if (!mayBranch) refuseOwnBranches(affected.filter((state) => !twins.has(state)));
  const versions = buildVersions(affected, twins, environment.ids, header.createdAt);
  const writes = [...new Set(versions.map(({ write }) => write))];
  const commitWith = (joined?: Joined): Commit => ({
    header,
    versions: [...writes, ...(joined?.versions ?? [])],
    mustBeHeads: mayBranch
      ? (joined?.mustBeHeads ?? [])
      : writes.flatMap(({ record }) =>
          [record.parentId, record.mergedFromId].filter((id) => id !== null),
        ),
    refMoves: refMoves.map((move) => ({ ...move, to: targetOf(move, versions, joined) })),
  });
  await writeAndMove(
    versions,
    join === undefined
      ? commitWith()
      : async () => commitWith(await join(versions, header.createdAt)),
    environment,
  );
}

function targetOf(
  { to }: PlannedRefMove,
  versions: readonly NewVersion[],
  joined: Joined | undefined,
): EcsId | null {
  if (to === null || typeof to === "string") return to;
  const own = versions.find(({ state }) => state === to)?.recorded.record.ecsId;
  return joined?.versionOf(to) ?? own ?? to.ecsId;
}

/** @param planned the commit, or what works it out while the copies are held */
async function writeAndMove(
  versions: readonly NewVersion[],
  planned: Commit | (() => Promise<Commit>),
  environment: ForkEnvironment,
  wasInDoubt = false,
): Promise<void> {
  const { storage, home } = environment;
  let settled = (): void => {};
  const inFlight = new Promise<void>((resolve) => {
    settled = resolve;
  });
  const marks = versions.map(({ state, recorded }) => setAside(state, recorded));
  for (const { state } of versions) {
    state.inFlight = inFlight;
    state.home = home;
  }
  let commit: Commit | undefined;
  let sequence: number;
  let isInDoubt = wasInDoubt;
  try {
    commit = typeof planned === "function" ? await planned() : planned;
    const result = await send(commit, storage, () => (isInDoubt = true));
    isInDoubt = false;
    sequence = sequenceOf(result, commit);
    for (const version of versions) moveOn(version);
  } catch (error) {
    for (const mark of marks) putBack(mark);
    for (const { state } of versions) if (state.recorded === undefined) state.home = undefined;
    if (isInDoubt && commit !== undefined) noteUnanswered({ commit, versions });
    refuseForeignParts(versions, home, error);
    throw error;
  } finally {
    for (const { state } of versions) state.inFlight = undefined;
    settled();
  }
  environment.written({ commit, sequence });
}

function moveOn({ state, recorded, isTwin }: NewVersion): void {
  state.recorded = recorded;
  state.ecsId = recorded.record.ecsId;
  state.parentId = recorded.record.parentId;
  state.mergedFromId = recorded.record.mergedFromId;
  state.createdAt = recorded.record.createdAt;
  if (isTwin) state.mayHoldTwins = true;
}

/** @throws ConcurrentModificationError or RefConflictError */
function sequenceOf(result: CommitResult, commit: Commit): number {
  if (result.status !== "conflict") return result.sequence;
  if (result.heads.size === 0) throw refConflict(commit, result.refs);
  const own = new Set(commit.versions.map(({ record }) => record.ecsId));
  throw new ConcurrentModificationError(
    commit.versions.flatMap(({ record }) => {
      const heads = result.heads.get(record.lineageId);
      return heads === undefined || record.parentId === null || own.has(record.parentId)
        ? []
        : [
            {
              type: record.type,
              lineageId: record.lineageId,
              expected: record.parentId,
              actual: heads,
            },
          ];
    }),
  );
}

function refConflict({ refMoves }: Commit, present: readonly NamedRef[]): RefConflictError {
  const at = new Map(present.map(({ name, to }) => [name, to]));
  const failed = refMoves.find(
    ({ name, expected }) => expected !== undefined && expected !== (at.get(name) ?? null),
  );
  const name = failed?.name ?? "";
  return new RefConflictError(name, failed?.expected ?? null, at.get(name));
}

/** What has to end before the trees can be forked. */
function firstWait(
  roots: readonly WarmState[],
  suspects: readonly WarmState[],
  environment: ForkEnvironment,
): Promise<void> | undefined {
  const busy = firstBusy(roots, suspects);
  if (busy !== undefined) return busy;
  const sent = unansweredOf(roots) ?? unansweredOf(suspects);
  return sent === undefined ? undefined : settleUnanswered(sent, environment);
}

async function settleUnanswered(sent: Unanswered, environment: ForkEnvironment): Promise<void> {
  if (isUnchanged(sent)) {
    forget(sent);
    await sendAgain(sent, environment);
    return;
  }
  const found = await wasWritten(sent, environment.storage);
  // Another fork may have settled it meanwhile.
  if (unansweredOf(sent.versions.map(({ state }) => state)) !== sent) return;
  forget(sent);
  if (found) standOnWritten(sent, moveOn);
}

async function sendAgain(sent: Unanswered, environment: ForkEnvironment): Promise<void> {
  const states = new Set(sent.versions.map(({ state }) => state));
  const others = [...states].map((state) => ({
    state,
    children: [...(state.changedChildren ?? [])].filter((child) => !states.has(child)),
  }));
  const landed = writeAndMove(sent.versions, sent.commit, environment, true);
  // What was changed below since is no part of that commit: it stays marked, for the next one.
  for (const { state, children } of others) for (const child of children) state.noteChanged(child);
  await landed;
}

/** A commit or a traced call under way that concerns the marked part of the trees. */
function firstBusy(
  roots: readonly WarmState[],
  suspects: readonly WarmState[],
): Promise<void> | undefined {
  for (const root of roots) if (root.inFlight !== undefined) return root.inFlight;
  const own = surroundingTrace();
  for (const state of suspects) {
    if (state.inFlight !== undefined) return state.inFlight;
    const writer = isAnyTraced() ? writerOf(state, own) : undefined;
    // A call waits by taking the copy, so that a wait for each other is found out.
    if (writer !== undefined) return own === undefined ? writer.ended : lockAll([state], own);
    for (const child of state.changedChildren ?? [])
      if (child.inFlight !== undefined) return child.inFlight;
  }
  return undefined;
}

/** Unmodified entities of another registry are not looked for at each fork; the storage finds them missing. */
function refuseForeignParts(versions: readonly NewVersion[], home: Home, cause: unknown): void {
  if (!MiError.is(cause) || cause.code !== "MI_STORAGE_MISSING_VERSION") return;
  refuseForeign(reachableFrom(versions.map(({ state }) => state)), home, cause);
}

function refuseForeign(states: Iterable<WarmState>, home: Home, cause?: unknown): void {
  const code: EcsErrorCode = "MI_ENTITY_OTHER_REGISTRY";
  for (const state of states)
    if (state.home !== undefined && state.home !== home)
      throw new MiError(
        code,
        `${state.type.name} ${state.lineageId} belongs to another registry; export it from there and import it here`,
        { cause, details: { type: state.type.name, lineageId: state.lineageId } },
      );
}
