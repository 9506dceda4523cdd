import type { Commit, EcsId, EntityRecord, ListEdit, RefMove, VersionWrite } from "@mi/ecs";
import { writeOf } from "../fixtures/fixtures.ts";
import type { CommitInit, Fixtures } from "../fixtures/fixtures.ts";
import type { Random } from "../random.ts";
import type { ReferenceModel } from "./reference-model.ts";

export interface RandomCommit {
  /** What was tried, for the trace. */
  readonly label: string;
  readonly commit: Commit;
  /** The members of each list of each new version, worked out on plain arrays. */
  readonly lists: ReadonlyMap<EcsId, readonly (readonly EcsId[])[]>;
}

type Members = readonly (readonly EcsId[])[];

interface Planned {
  readonly write: VersionWrite;
  readonly lists: Members;
}

const refNames = ["main", "draft", "Main", "release/1"];

/** Makes commits that follow on what a model holds: most are right, some are wrong in one way. */
export class RandomCommits {
  readonly #make: Fixtures;
  readonly #random: Random;
  readonly #model: ReferenceModel;
  readonly #accepted: Commit[] = [];

  constructor(make: Fixtures, random: Random, model: ReferenceModel) {
    this.#make = make;
    this.#random = random;
    this.#model = model;
  }

  /** To be told each commit that was committed: later ones repeat it. */
  wasCommitted(commit: Commit): void {
    this.#accepted.push(commit);
  }

  next(): RandomCommit {
    const base = this.#anyVersion();
    if (base === undefined) return this.#commit("new", [this.#new(), this.#new()]);
    const roll = this.#random.below(100);
    if (roll < 15) return this.#commit("new", [this.#new(), this.#new()]);
    if (roll < 55) return this.#forkOf(this.#random.chance(0.7) ? this.#anyHead(base) : base);
    if (roll < 63) return this.#mergeOr(base);
    if (roll < 75) return this.#commit("refs", [], { refMoves: this.#refMoves() });
    if (roll < 81) return this.#repeat();
    if (roll < 86) return this.#commit("resend", [this.#resend(base), this.#new()]);
    if (roll < 91) return this.#commit("other content", [this.#new(), this.#otherContent(base)]);
    if (roll < 95) return this.#otherHeader();
    return this.#commit("missing", [this.#plan({ refs: [this.#make.ecsId()] }, [])]);
  }

  #commit(label: string, planned: readonly Planned[], init: CommitInit = {}): RandomCommit {
    const versions = planned.map(({ write }) => write);
    const lists = new Map(planned.map((plan) => [plan.write.record.ecsId, plan.lists]));
    return { label, commit: this.#make.commit({ ...init, versions }), lists };
  }

  #forkOf(base: EntityRecord): RandomCommit {
    const member = this.#new();
    const fork = this.#fork(base, member.write.record.ecsId);
    const planned = this.#random.shuffled([member, fork]);
    const guarded = this.#random.chance(0.5);
    return this.#commit(guarded ? "fork of a head" : "fork", planned, {
      mustBeHeads: guarded ? [base] : [],
      refMoves: this.#random.chance(0.2) ? this.#refMoves() : [],
    });
  }

  /** A merge of two branches; a fork of `base` when there are none. */
  #mergeOr(base: EntityRecord): RandomCommit {
    const branched = this.#model
      .lineages()
      .map((lineage) => this.#model.heads(lineage))
      .filter((heads) => heads.length > 1);
    const heads = this.#random.shuffled(this.#random.pick(branched) ?? []);
    const [ours, theirs] = heads.map((id) => this.#record(id));
    if (ours === undefined || theirs === undefined) return this.#forkOf(base);
    const lists = [this.#members(3)];
    const merge = this.#plan({ parent: ours, mergedFrom: theirs }, lists);
    return this.#commit("merge", [merge], { mustBeHeads: [ours, theirs] });
  }

  #repeat(): RandomCommit {
    const commit = this.#random.pick(this.#accepted);
    if (commit === undefined) return this.#commit("new", [this.#new()]);
    return { label: "repeat", commit, lists: new Map() };
  }

  #otherHeader(): RandomCommit {
    const { commit } = this.#repeat();
    const header = { ...commit.header, reason: "another one" };
    return { label: "other header", commit: { ...commit, header }, lists: new Map() };
  }

  #resend(record: EntityRecord): Planned {
    return { write: writeOf(record), lists: record.lists.map((list) => [...list]) };
  }

  #otherContent(record: EntityRecord): Planned {
    return this.#resend({ ...record, data: `${record.data} ` });
  }

  #new(): Planned {
    const type = this.#random.chance(0.5) ? "Note" : "Message";
    const lists = Array.from({ length: this.#random.below(3) }, () =>
      this.#members(this.#random.chance(0.1) ? 70 : 4),
    );
    return this.#plan({ type, refs: this.#members(3) }, lists);
  }

  #plan(init: Parameters<Fixtures["version"]>[0], lists: Members): Planned {
    const createdAt = this.#anyInstant();
    return { write: writeOf(this.#make.version({ createdAt, ...init, lists })), lists };
  }

  #fork(base: EntityRecord, added: EcsId): Planned {
    const before = base.lists.map((list) => [...list]);
    const edits = before.map((members) => this.#edits(members.length, added));
    const lists = before.map((members, k) => spliced(members, edits[k] ?? []));
    const init = { createdAt: this.#anyInstant(), refs: this.#members(2) };
    return { write: this.#make.edited(base, edits, init), lists };
  }

  #edits(length: number, added: EcsId): readonly ListEdit[] {
    if (this.#random.chance(0.2)) return [];
    if (this.#random.chance(0.6)) return [{ at: length, remove: 0, insert: [added] }];
    const edits: ListEdit[] = [];
    let at = 0;
    while (at <= length && edits.length < 3) {
      at += this.#random.below(length - at + 1);
      const remove = Math.min(length - at, this.#random.below(4));
      edits.push({ at, remove, insert: this.#members(this.#random.chance(0.1) ? 40 : 3) });
      at += remove + 1;
    }
    return edits;
  }

  #refMoves(): readonly RefMove[] {
    const names = this.#random.shuffled(refNames).slice(0, 1 + this.#random.below(2));
    return names.map((name) => {
      const to = this.#random.chance(0.25) ? null : (this.#members(2)[0] ?? null);
      const roll = this.#random.below(4);
      if (roll === 0) return { name, to };
      const now = this.#model.refs.get(name) ?? null;
      return { name, to, expected: roll === 1 ? (this.#members(2)[0] ?? null) : now };
    });
  }

  /** Fewer than `limit` ids of stored versions, with repeats. */
  #members(limit: number): readonly EcsId[] {
    return Array.from({ length: this.#random.below(limit) }, () => this.#anyVersion()).flatMap(
      (record) => (record === undefined ? [] : [record.ecsId]),
    );
  }

  /** Earlier or later than others: a clock that cannot be relied on. */
  #anyInstant(): string {
    return new Date(Date.UTC(2024, 0, 1) + this.#random.below(86_400_000)).toISOString();
  }

  #anyVersion(): EntityRecord | undefined {
    return this.#random.pick(this.#model.versions)?.record;
  }

  #anyHead(base: EntityRecord): EntityRecord {
    const head = this.#random.pick(this.#model.heads(base.lineageId));
    return (head === undefined ? undefined : this.#record(head)) ?? base;
  }

  #record(id: EcsId): EntityRecord | undefined {
    return this.#model.find(id)?.record;
  }
}

function spliced(members: readonly EcsId[], edits: readonly ListEdit[]): readonly EcsId[] {
  const out = [...members];
  for (const { at, remove, insert } of edits.toReversed()) out.splice(at, remove, ...insert);
  return out;
}
