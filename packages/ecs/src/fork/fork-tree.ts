import type { Home, ListStart, TrackedList, WarmState } from "../entity/warm-state.ts";
import { ConcurrentModificationError } from "../errors.ts";
import { MiError } from "../mi-error.ts";
import { parseCommitId, parseEcsId, type EcsId, type IdSource } from "../ids.ts";
import type { Clock } from "../clock.ts";
import type { Commit, EntityRecord, EntityStorage, VersionWrite } from "../storage/contract.ts";
import { affectedBelow, suspectsBelow, type Affected } from "./affected.ts";
import { headerFields, type CommitContext } from "../commit-context.ts";
import { contentOf, listContent } from "./content.ts";
import { refuseTwins, validate } from "./validate.ts";

/** What a fork needs of its registry. */
export interface ForkEnvironment {
  readonly home: Home;
  readonly storage: EntityStorage;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** A commit that a fork made. */
export interface MadeCommit {
  readonly commit: Commit;
  readonly sequence: number;
}

/** One version to be written, and how its warm copy moves on when it is. */
interface Step {
  readonly state: WarmState;
  readonly write: VersionWrite;
  readonly refs: readonly WarmState[];
  readonly lists: readonly TrackedList[];
}

/** What was marked before a fork, to be put back when it fails. */
interface Marks {
  readonly state: WarmState;
  readonly touched: Set<string> | undefined;
  readonly unchecked: Set<string> | undefined;
  readonly touchedLists: Set<TrackedList> | undefined;
  readonly changedChildren: Set<WarmState> | undefined;
  readonly mayHoldTwins: boolean;
  readonly lists: readonly {
    readonly list: TrackedList;
    readonly start: ListStart | undefined;
    readonly written: ReadonlySet<number>;
  }[];
}

/**
 * Commits a tree: one new version of each entity in it that is new, modified, or holds one that is, all in one atomic
 * commit. First all ids are made, then all records, then the commit; the warm copies move on when it was written. When
 * anything fails before or in the commit, nothing has moved.
 *
 * Code may go on changing the tree while the commit is under way: such changes belong to the next fork.
 *
 * @returns `undefined` when there was nothing to commit
 */
export async function forkTree(
  root: WarmState,
  environment: ForkEnvironment,
  context: CommitContext,
): Promise<MadeCommit | undefined> {
  await quiet(root);
  const { suspects, affected } = affectedBelow(root);
  refuseForeign(suspects, environment.home);
  if (affected.length === 0) {
    for (const state of suspects) takeMarks(state, []);
    return undefined;
  }
  validate(affected);
  refuseTwins(root, affected);
  const header = {
    id: parseCommitId(environment.ids.next()),
    createdAt: new Date(environment.clock.now()).toISOString(),
    ...headerFields(context),
  };
  const steps = buildSteps({ suspects, affected }, environment, header.createdAt);
  const parents = steps.flatMap(({ write }) => write.record.parentId ?? []);
  const commit: Commit = {
    header,
    versions: steps.map((step) => step.write),
    mustBeHeads: context.onConflict === "fail" ? parents : [],
    refMoves: [],
  };
  const { promise: moved, resolve: settle } = openPromise();
  const marks = setAside(suspects, steps);
  for (const state of suspects) state.inFlight = moved;
  try {
    const sequence = await write(commit, environment.storage);
    for (const step of steps) moveOn(step, environment.home);
    return { commit, sequence };
  } catch (error) {
    for (const mark of marks) putBack(mark);
    throw error;
  } finally {
    for (const state of suspects) state.inFlight = undefined;
    settle();
  }
}

/** Waits until no commit that is under way concerns the marked part of the tree. */
async function quiet(root: WarmState): Promise<void> {
  for (;;) {
    const busy = root.inFlight ?? firstBusy(suspectsBelow(root));
    if (busy === undefined) return;
    await busy;
  }
}

function firstBusy(suspects: readonly WarmState[]): Promise<void> | undefined {
  for (const state of suspects) {
    if (state.inFlight !== undefined) return state.inFlight;
    for (const child of state.changedChildren ?? [])
      if (child.inFlight !== undefined) return child.inFlight;
  }
  return undefined;
}

function refuseForeign(suspects: readonly WarmState[], home: Home): void {
  for (const state of suspects)
    if (state.home !== undefined && state.home !== home)
      throw new MiError(
        "MI_ENTITY_OTHER_REGISTRY",
        `${state.type.name} ${state.lineageId} belongs to another registry; export it from there and import it here`,
        { details: { type: state.type.name, lineageId: state.lineageId } },
      );
}

function buildSteps(
  { affected }: Affected,
  environment: ForkEnvironment,
  createdAt: string,
): readonly Step[] {
  const newIds = new Map<WarmState, EcsId>();
  for (const state of affected)
    if (state.recorded !== undefined) newIds.set(state, parseEcsId(environment.ids.next()));
  const idOf = (state: WarmState): EcsId => newIds.get(state) ?? state.ecsId;
  // Held before holders: a reader of the log meets a message before the thread that has it.
  return [...affected].reverse().map((state): Step => {
    const { data, schemaVersion, refs, lists } = contentOf(state);
    const isNew = state.recorded === undefined;
    const contents = lists.map((list, index) => listContent(state, list, index, idOf));
    const record: EntityRecord = Object.freeze({
      ecsId: idOf(state),
      lineageId: state.lineageId,
      parentId: isNew ? state.parentId : state.ecsId,
      mergedFromId: null,
      type: state.type.name,
      schemaVersion,
      createdAt: isNew ? state.createdAt : createdAt,
      data,
      refs: Object.freeze(refs.map(idOf)),
      lists: Object.freeze(contents.map((content) => content.ids)),
    });
    return {
      state,
      write: { record, bases: contents.map((content) => content.base) },
      refs,
      lists,
    };
  });
}

/** Takes the marks away, so that what is written while the commit is under way is marked anew. */
function setAside(suspects: readonly WarmState[], steps: readonly Step[]): readonly Marks[] {
  const lists = new Map(steps.map((step) => [step.state, step] as const));
  return suspects.map((state) => {
    const step = lists.get(state);
    const marks = takeMarks(state, step?.lists ?? state.recorded?.lists ?? []);
    step?.lists.forEach((list, index) => {
      const ids = step.write.record.lists[index];
      if (ids !== undefined) list.start = { index, ids };
    });
    return marks;
  });
}

function takeMarks(state: WarmState, lists: readonly TrackedList[]): Marks {
  const marks: Marks = {
    state,
    touched: state.touched,
    unchecked: state.unchecked,
    touchedLists: state.touchedLists,
    changedChildren: state.changedChildren,
    mayHoldTwins: state.mayHoldTwins,
    lists: lists.map((list) => ({ list, start: list.start, written: list.takeWritten() })),
  };
  state.touched = undefined;
  state.unchecked = undefined;
  state.touchedLists = undefined;
  state.changedChildren = undefined;
  state.mayHoldTwins = false;
  return marks;
}

function putBack({ state, lists, ...marks }: Marks): void {
  state.touched = union(marks.touched, state.touched);
  state.unchecked = union(marks.unchecked, state.unchecked);
  state.touchedLists = union(marks.touchedLists, state.touchedLists);
  state.changedChildren = union(marks.changedChildren, state.changedChildren);
  state.mayHoldTwins ||= marks.mayHoldTwins;
  for (const { list, start, written } of lists) list.restore(start, written);
}

function union<T>(a: Set<T> | undefined, b: Set<T> | undefined): Set<T> | undefined {
  if (a === undefined) return b;
  for (const item of b ?? []) a.add(item);
  return a;
}

function moveOn({ state, write, refs, lists }: Step, home: Home): void {
  const { record } = write;
  state.recorded = { record, refs, lists };
  state.ecsId = record.ecsId;
  state.parentId = record.parentId;
  state.mergedFromId = record.mergedFromId;
  state.createdAt = record.createdAt;
  state.home = home;
}

async function write(commit: Commit, storage: EntityStorage): Promise<number> {
  const result = await storage.commit(commit);
  if (result.status !== "conflict") return result.sequence;
  throw new ConcurrentModificationError(
    commit.versions.flatMap(({ record }) => {
      const heads = result.heads.get(record.lineageId);
      return heads === undefined || record.parentId === null
        ? []
        : [{ lineageId: record.lineageId, expected: record.parentId, actual: heads }];
    }),
  );
}

function openPromise(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
