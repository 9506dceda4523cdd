import { IdReuseError, MissingVersionError } from "@mi/ecs";
import type { Commit, CommitResult, EcsId, EntityRecord, RefMove, VersionWrite } from "@mi/ecs";
import { planList } from "../../lists/plan-list.ts";
import type { ListPlan } from "../../lists/plan-list.ts";
import { isSameRecord } from "../../same-content.ts";
import type { Connection } from "../connection.ts";
import type { VersionReader } from "../read/version-reader.ts";
import { CommitChecks } from "./commit-checks.ts";
import { CommitWriter } from "./commit-writer.ts";
import { KnownVersions } from "./known-versions.ts";
import { StoredLists } from "./stored-lists.ts";
import { VersionWriter } from "./version-writer.ts";
import type { PlannedVersion } from "./version-writer.ts";

/** Applies commits: all checks in the order of the contract, then all writes. */
export class Committer {
  readonly #reader: VersionReader;
  readonly #checks: CommitChecks;
  readonly #lists: StoredLists;
  readonly #commits: CommitWriter;
  readonly #versions: VersionWriter;

  constructor(connection: Connection, reader: VersionReader, remembersTypes: boolean) {
    this.#reader = reader;
    this.#checks = new CommitChecks(connection);
    this.#lists = new StoredLists(connection);
    this.#commits = new CommitWriter(connection);
    this.#versions = new VersionWriter(connection, remembersTypes);
  }

  /** Runs inside a transaction that no other writer can come into. */
  apply(commit: Commit): CommitResult {
    const sequence = this.#checks.sequenceOf(commit.header);
    const known = new KnownVersions((id) => this.#checks.version(id));
    const fresh = this.#freshVersions(commit.versions, known);
    if (sequence !== undefined && fresh.length === 0)
      return { status: "already-committed", sequence };

    const firstKey = this.#checks.nextVersionKey();
    fresh.forEach(({ record }, i) => known.add(record.ecsId, firstKey + i));
    const extended = new Set<number>();
    const planned = fresh.map((write) => this.#plan(write, known, extended));
    // What a known commit did to heads and refs is done, and others may have moved them since.
    const moves = sequence === undefined ? commit.refMoves : [];
    requireAll(planned, moves, known);
    if (sequence !== undefined) {
      this.#versions.write(planned, sequence, known);
      this.#commits.addLate(
        sequence,
        fresh.map(({ record }) => known.keyOf(record.ecsId)),
      );
      return { status: "committed", sequence };
    }

    const conflict = this.#checks.conflict(commit, known);
    if (conflict !== undefined) return conflict;
    const added = this.#commits.write(commit.header, firstKey, fresh.length);
    this.#versions.write(planned, added, known);
    this.#commits.moveRefs(moves, known.keyOf);
    return { status: "committed", sequence: added };
  }

  /** Those that are not stored yet, each once. */
  #freshVersions(writes: readonly VersionWrite[], known: KnownVersions): readonly VersionWrite[] {
    const fresh = new Map<EcsId, VersionWrite>();
    const repeated: EntityRecord[] = [];
    for (const write of writes) {
      const { ecsId } = write.record;
      const twin = fresh.get(ecsId);
      if (twin !== undefined) requireSame(twin.record, write.record);
      else if (known.stored(ecsId) === undefined) fresh.set(ecsId, write);
      else repeated.push(write.record);
    }
    const stored = this.#reader.read(repeated.map(({ ecsId }) => ecsId));
    repeated.forEach((record, i) => requireSame(stored[i]?.record, record));
    return [...fresh.values()];
  }

  /** `extended` are the segments to whose end a list of this commit goes: another one can't go there too. */
  #plan(
    { record, bases }: VersionWrite,
    known: KnownVersions,
    extended: Set<number>,
  ): PlannedVersion {
    const lists = record.lists.map((list, i): ListPlan => {
      const hint = bases[i] ?? undefined;
      const of = hint === undefined ? undefined : known.stored(hint.of);
      if (hint === undefined || of === undefined) return planList(list, undefined, []);
      const base = this.#lists.find(of.key, hint.list);
      const isTaken = base !== undefined && extended.has(base.segment);
      const plan = planList(list, isTaken ? { ...base, isWhole: false } : base, hint.edits);
      if (plan.kind === "extend" && plan.members.length > 0) extended.add(plan.segment);
      return plan;
    });
    return { record, lists };
  }
}

function requireSame(stored: EntityRecord | undefined, given: EntityRecord): void {
  if (stored === undefined || !isSameRecord(stored, given))
    throw new IdReuseError("version", given.ecsId);
}

function requireAll(
  planned: readonly PlannedVersion[],
  moves: readonly RefMove[],
  known: KnownVersions,
): void {
  const missing = new Set<EcsId>();
  const need = (id: EcsId): void => {
    if (!known.isKnown(id)) missing.add(id);
  };
  for (const { record, lists } of planned) {
    if (record.parentId !== null) need(record.parentId);
    if (record.mergedFromId !== null) need(record.mergedFromId);
    record.refs.forEach(need);
    for (const plan of lists) addedMembers(plan).forEach((members) => members.forEach(need));
  }
  for (const { to } of moves) if (to !== null) need(to);
  if (missing.size > 0) throw new MissingVersionError([...missing]);
}

/** The members that may not be stored: those that the list doesn't have from its base. */
function addedMembers(plan: ListPlan): readonly (readonly EcsId[])[] {
  switch (plan.kind) {
    case "empty":
      return [];
    case "extend":
      return [plan.members];
    case "new-segment":
      return plan.pieces.flatMap((piece) => (piece.kind === "members" ? [piece.members] : []));
  }
}
