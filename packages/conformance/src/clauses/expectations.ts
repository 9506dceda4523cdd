import { MiError } from "@mi/ecs";
import type {
  Commit,
  CommitResult,
  EcsId,
  EntityRecord,
  EntityStorage,
  LineageId,
  NamedRef,
  StorageErrorCode,
  StoredVersion,
} from "@mi/ecs";
import type { ClauseContext } from "../clause.ts";
import { idOf } from "../fixtures/fixtures.ts";
import type { CommitInit, Target } from "../fixtures/fixtures.ts";
import { visibleState } from "./visible-state.ts";

export interface Committed {
  readonly commit: Commit;
  readonly sequence: number;
}

type Conflict = Extract<CommitResult, { readonly status: "conflict" }>;

/** Makes a commit and writes it. */
export async function committed(
  t: ClauseContext,
  storage: EntityStorage,
  init: CommitInit,
): Promise<Committed> {
  const commit = t.make.commit(init);
  return { commit, sequence: await answers(t, storage, commit, "committed") };
}

/** The sequence that a commit is answered with; fails unless the answer has this status. */
export async function answers(
  t: ClauseContext,
  storage: EntityStorage,
  commit: Commit,
  status: "committed" | "already-committed",
): Promise<number> {
  const result = await storage.commit(commit);
  t.equal(result.status, status, "the status that the commit is answered with");
  return t.present(sequenceOf(result), "the sequence of the commit");
}

/** Fails unless a commit is rejected with this code and leaves no trace. */
export async function refused(
  t: ClauseContext,
  storage: EntityStorage,
  commit: Commit,
  code: StorageErrorCode,
  what: string,
): Promise<MiError> {
  const before = await visibleState(storage);
  const error = await t.rejects(() => storage.commit(commit), code, what);
  t.equal(await visibleState(storage), before, `what is stored after a refused commit (${what})`);
  const ids = commit.versions.map(({ record }) => record.ecsId);
  const present = new Set(before.infos.map(({ ecsId }) => ecsId));
  const read = await storage.read(ids);
  t.equal(
    ids.filter((id, i) => !present.has(id) && read[i] !== undefined),
    [],
    `versions of a refused commit that can be read (${what})`,
  );
  return error;
}

/** Fails unless a commit is answered with this conflict and leaves no trace. */
export async function conflicts(
  t: ClauseContext,
  storage: EntityStorage,
  commit: Commit,
  expected: {
    readonly heads?: readonly (readonly [LineageId, readonly Target[]])[];
    readonly refs?: readonly NamedRef[];
  },
): Promise<void> {
  const { heads = [], refs = [] } = expected;
  const before = await visibleState(storage);
  const result = await storage.commit(commit);
  const conflict = conflictOf(t, result);
  t.equal(
    conflict.heads,
    new Map(heads.map(([lineage, ids]) => [lineage, ids.map(idOf)])),
    "the heads that the conflict tells",
  );
  t.equal(sortedByName(conflict.refs), sortedByName(refs), "the refs that the conflict tells");
  t.equal(await visibleState(storage), before, "what is stored after a conflict");
}

export function conflictOf(t: ClauseContext, result: CommitResult): Conflict {
  t.equal(result.status, "conflict", "the status that the commit is answered with");
  return t.present(result.status === "conflict" ? result : undefined, "the conflict");
}

export function sequenceOf(result: CommitResult): number | undefined {
  return result.status === "conflict" ? undefined : result.sequence;
}

/** As callers do it: the same commit again while the error says that this may help. */
export async function retried(
  storage: EntityStorage,
  commit: Commit,
  attempts = 20,
): Promise<CommitResult> {
  try {
    return await storage.commit(commit);
  } catch (error) {
    const mayHelp = MiError.is(error) && "retryable" in error && error.retryable === true;
    if (!mayHelp || attempts <= 1) throw error;
    return retried(storage, commit, attempts - 1);
  }
}

export async function checkHeads(
  t: ClauseContext,
  storage: EntityStorage,
  lineage: LineageId,
  heads: readonly Target[],
  what: string,
): Promise<void> {
  t.equal(await storage.heads([lineage]), [heads.map(idOf)], what);
}

/** Fails unless each record is read back as it was written, as a version of this commit. */
export async function checkStored(
  t: ClauseContext,
  storage: EntityStorage,
  records: readonly EntityRecord[],
  commit: Commit,
  sequence: number,
): Promise<void> {
  const expected = records.map((record): StoredVersion => ({
    record,
    commitId: commit.header.id,
    sequence,
  }));
  t.equal(await storage.read(records.map(idOf)), expected, "the versions as read back");
}

/** The members of list `k` of a stored version. */
export async function membersOf(
  t: ClauseContext,
  storage: EntityStorage,
  version: Target,
  k = 0,
): Promise<readonly EcsId[]> {
  const [stored] = await storage.read([idOf(version)]);
  return [...t.present(stored?.record.lists[k], `list ${k} of version ${idOf(version)}`)];
}

export function sortedByName(refs: readonly NamedRef[]): readonly NamedRef[] {
  return refs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
