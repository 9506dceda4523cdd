import { IdReuseError, MissingVersionError } from "@mi/ecs";
import type { Commit, CommitResult, EcsId, LineageId, NamedRef, RefMove } from "@mi/ecs";
import { keepRecord } from "./kept-record.ts";
import type { KeptRecord } from "./kept-record.ts";
import { isSameHeader, isSameRecord } from "./same-content.ts";
import type { Store } from "./store.ts";

/** All checks in the order of the contract, then all writes: nothing between them can fail or wait. */
export function applyCommit(store: Store, commit: Commit): CommitResult {
  const { header, refMoves } = commit;
  const known = store.commits.get(header.id);
  if (known !== undefined && !isSameHeader(known, header))
    throw new IdReuseError("commit", header.id);

  const fresh = freshRecords(store, commit);
  if (known !== undefined && fresh.size === 0)
    return { status: "already-committed", sequence: known.sequence };
  // What a known commit did to heads and refs is done, and others may have moved them since.
  const moves = known === undefined ? refMoves : [];
  checkNothingIsMissing(store, fresh, moves);
  const conflict = known === undefined ? findConflict(store, commit) : undefined;
  if (conflict !== undefined) return conflict;

  const stored = known ?? store.commits.add(header);
  const records = [...fresh.values()].map(({ record }) => record);
  store.versions.add(records, stored);
  store.commits.touch(stored, new Set(records.map(({ lineageId }) => lineageId)));
  for (const { name, to } of moves) {
    if (to === null) store.refs.delete(name);
    else store.refs.set(name, to);
  }
  return { status: "committed", sequence: stored.sequence };
}

/** The versions of a commit that are not stored yet, each once. */
function freshRecords(store: Store, { versions }: Commit): ReadonlyMap<EcsId, KeptRecord> {
  const fresh = new Map<EcsId, KeptRecord>();
  const known = (id: EcsId) => store.versions.get(id)?.stored.record ?? fresh.get(id)?.record;
  for (const write of versions) {
    const { ecsId } = write.record;
    const existing = known(ecsId);
    if (existing === undefined) fresh.set(ecsId, keepRecord(write, known));
    else if (!isSameRecord(existing, write.record)) throw new IdReuseError("version", ecsId);
  }
  return fresh;
}

function checkNothingIsMissing(
  store: Store,
  fresh: ReadonlyMap<EcsId, KeptRecord>,
  moves: readonly RefMove[],
): void {
  const missing = new Set<EcsId>();
  const need = (id: EcsId): void => {
    if (store.versions.get(id) === undefined && !fresh.has(id)) missing.add(id);
  };
  for (const { needs } of fresh.values()) for (const id of needs) need(id);
  for (const { to } of moves) if (to !== null) need(to);
  if (missing.size > 0) throw new MissingVersionError([...missing]);
}

function findConflict(
  { versions, refs }: Store,
  { mustBeHeads, refMoves }: Commit,
): CommitResult | undefined {
  const stale = mustBeHeads.map((id) => versions.get(id)).filter((entry) => !entry?.isHead);
  const moved = refMoves.filter(
    ({ name, expected }) => expected !== undefined && (refs.get(name) ?? null) !== expected,
  );
  if (stale.length === 0 && moved.length === 0) return undefined;
  const heads = new Map<LineageId, readonly EcsId[]>();
  for (const entry of stale) {
    if (entry === undefined) continue;
    const { lineageId } = entry.stored.record;
    heads.set(lineageId, versions.headsOf(lineageId));
  }
  const names = new Set(moved.map(({ name }) => name));
  return { status: "conflict", heads, refs: [...names].flatMap((name) => presentRef(refs, name)) };
}

function presentRef(refs: Store["refs"], name: string): readonly NamedRef[] {
  const to = refs.get(name);
  return to === undefined ? [] : [{ name, to }];
}
