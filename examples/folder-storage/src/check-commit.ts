import { IdReuseError, MissingVersionError, referencedIds } from "@mi/ecs";
import type { Commit, CommitResult, EcsId, LineageId, RefMove, VersionWrite } from "@mi/ecs";
import type { CommitEntry } from "./commit-entry.ts";
import type { StoreState } from "./store-state.ts";
import { formOf } from "./list-form.ts";
import { headerOf, isSameHeader, isSameRecord } from "./same-content.ts";

/** What becomes of a commit: an answer at once, or an entry to write if the state is still the same then. */
export type Decision =
  | { readonly kind: "answer"; readonly result: CommitResult }
  | { readonly kind: "write"; readonly entry: CommitEntry };

/**
 * The checks of the contract, in their order.
 *
 * @throws IdReuseError, MissingVersionError
 */
export function checkCommit(state: StoreState, commit: Commit): Decision {
  const { header } = commit;
  const known = state.commit(header.id);
  if (known !== undefined && !isSameHeader(known, header))
    throw new IdReuseError("commit", header.id);
  const fresh = freshVersions(state, commit);
  if (known !== undefined && fresh.size === 0)
    return { kind: "answer", result: { status: "already-committed", sequence: known.sequence } };

  // What a known commit did to heads and refs is done: others may have moved them since.
  const refMoves = known === undefined ? commit.refMoves : [];
  checkNothingIsMissing(state, fresh, refMoves);
  const conflict = known === undefined ? findConflict(state, commit) : undefined;
  if (conflict !== undefined) return { kind: "answer", result: conflict };

  const records = [...fresh.values()].map((write) =>
    formOf(write, (id) => state.version(id)?.record),
  );
  const moves = refMoves.map(({ name, to }) => ({ name, to }));
  return { kind: "write", entry: { header: headerOf(header), records, refMoves: moves } };
}

/** The versions that are not stored yet, each once. */
function freshVersions(state: StoreState, { versions }: Commit): ReadonlyMap<EcsId, VersionWrite> {
  const fresh = new Map<EcsId, VersionWrite>();
  for (const write of versions) {
    const { record } = write;
    const existing = (state.version(record.ecsId) ?? fresh.get(record.ecsId))?.record;
    if (existing === undefined) fresh.set(record.ecsId, write);
    else if (!isSameRecord(existing, record)) throw new IdReuseError("version", record.ecsId);
  }
  return fresh;
}

function checkNothingIsMissing(
  state: StoreState,
  fresh: ReadonlyMap<EcsId, VersionWrite>,
  refMoves: readonly RefMove[],
): void {
  const missing = new Set<EcsId>();
  const need = (id: EcsId | null): void => {
    if (id !== null && !fresh.has(id) && state.version(id) === undefined) missing.add(id);
  };
  for (const { record } of fresh.values()) {
    need(record.parentId);
    need(record.mergedFromId);
    for (const id of referencedIds(record)) need(id);
  }
  for (const { to } of refMoves) need(to);
  if (missing.size > 0) throw new MissingVersionError([...missing]);
}

function findConflict(
  state: StoreState,
  { mustBeHeads, refMoves }: Commit,
): CommitResult | undefined {
  const stale = mustBeHeads.filter((id) => !state.isHead(id));
  const moved = refMoves.filter(
    ({ name, expected }) => expected !== undefined && (state.refs.get(name) ?? null) !== expected,
  );
  if (stale.length === 0 && moved.length === 0) return undefined;
  const lineages = new Set<LineageId>();
  for (const id of stale) {
    const stored = state.version(id);
    if (stored !== undefined) lineages.add(stored.record.lineageId);
  }
  const names = new Set(moved.map(({ name }) => name));
  return {
    status: "conflict",
    heads: new Map([...lineages].map((lineage) => [lineage, state.heads(lineage)])),
    refs: [...names].flatMap((name) => state.ref(name)),
  };
}
