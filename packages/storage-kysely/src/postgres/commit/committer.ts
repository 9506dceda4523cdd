import { IdReuseError, MissingVersionError, StorageError } from "@mi/ecs";
import type {
  Commit,
  CommitResult,
  EcsId,
  EntityRecord,
  LineageId,
  NamedRef,
  RefMove,
  VersionWrite,
} from "@mi/ecs";
import { isSameRecord } from "../../same-content.ts";
import type { VersionReader } from "../read/version-reader.ts";
import type { Session, Statement } from "../session.ts";
import { MOST_VERSIONS } from "../schema/commit-function.ts";
import { Appender } from "./appender.ts";
import { commitArguments } from "./commit-arguments.ts";
import type { KnownVersions } from "./known-versions.ts";
import { learnCommitted } from "./learn.ts";
import type { Learned } from "./learn.ts";
import { argumentOf, wholeList } from "./list-arguments.ts";
import type { ListArgument } from "./list-arguments.ts";
import { basesStatement, planOnBases } from "./list-bases.ts";

/** What `mi_commit` answers. */
type Answer =
  | {
      readonly status: "committed";
      readonly sequence: number;
      readonly learned?: Learned | undefined;
    }
  | { readonly status: "already-committed"; readonly sequence: number }
  | { readonly status: "id-reuse" }
  | {
      readonly status: "stored";
      readonly sequence: number | null;
      readonly places: readonly number[];
    }
  | { readonly status: "missing" | "plan"; readonly places: readonly number[] }
  | {
      readonly status: "conflict";
      /** Null for a lineage that has none. */
      readonly heads: readonly (readonly [LineageId, EcsId | null])[];
      readonly refs: readonly (readonly [move: number, to: EcsId])[];
    };

/** After this many answers that ask for another plan, lists are written whole, which needs none. */
const MOST_PLANS = 3;
const ARGUMENT_COUNT = 51;

/**
 * Applies commits. One round trip, but for three cases: a list that was edited elsewhere than at its end is planned on
 * its base first, versions that are stored already are read to be compared, and what this process takes for granted may
 * have changed.
 */
export class Committer {
  readonly #session: Session;
  readonly #reader: VersionReader;
  readonly #synchronousCommit: "on" | "off" | null;
  readonly #known: KnownVersions | undefined;
  readonly #appender: Appender | undefined;
  readonly #commit: Statement;
  readonly #bases: Statement;

  /** Without `known`, nothing is taken for granted. */
  constructor(
    session: Session,
    reader: VersionReader,
    schema: string,
    synchronousCommit: "on" | "off" | null,
    known: KnownVersions | undefined,
  ) {
    this.#session = session;
    this.#reader = reader;
    this.#known = known;
    this.#appender = known && new Appender(session, known, schema, synchronousCommit);
    this.#synchronousCommit = synchronousCommit;
    const places = Array.from({ length: ARGUMENT_COUNT }, (_, i) => `$${i + 1}`);
    this.#commit = {
      name: "mi_commit",
      text: `select ${schema}.mi_commit(${places.join(",")}) as answer`,
    };
    this.#bases = basesStatement(schema);
  }

  async apply(commit: Commit): Promise<CommitResult> {
    let writes = uniqueWrites(commit.versions);
    if (writes.length > MOST_VERSIONS)
      throw new StorageError(
        "MI_STORAGE_USAGE",
        `A commit takes up to ${MOST_VERSIONS} versions, got ${writes.length}; make several commits`,
      );
    const appended = await this.#appender?.apply(commit, writes);
    if (appended !== undefined) return appended;
    const lists = new ListArguments(writes);
    for (let plans = 0; ;) {
      await lists.plan(this.#session, this.#bases);
      const versions = writes.map((write) => ({ record: write.record, lists: lists.of(write) }));
      const { values, ids, idAt } = commitArguments(commit, versions, this.#synchronousCommit);
      const answer = await this.#ask(values);
      switch (answer.status) {
        case "committed":
          if (this.#known !== undefined && answer.learned !== undefined)
            learnCommitted(this.#known, answer.sequence, answer.learned, versions, ids);
          return { status: answer.status, sequence: answer.sequence };
        case "already-committed":
          return { status: answer.status, sequence: answer.sequence };
        case "conflict":
          return conflict(answer.heads, answer.refs, commit.refMoves);
        case "id-reuse":
          throw new IdReuseError("commit", commit.header.id);
        case "missing":
          throw new MissingVersionError(answer.places.map(idAt));
        case "stored": {
          const stored = new Set(answer.places);
          const repeated = writes.filter((_, i) => stored.has(i + 1));
          const gone = await this.#goneOf(repeated);
          writes = writes.filter((write, i) => !stored.has(i + 1) || gone.has(write));
          if (writes.length === 0 && answer.sequence !== null)
            return { status: "already-committed", sequence: answer.sequence };
          break;
        }
        case "plan":
          lists.replan(writes, answer.places, ++plans <= MOST_PLANS);
          break;
      }
    }
  }

  async #ask(values: readonly unknown[]): Promise<Answer> {
    const [row] = await this.#session.run<readonly [answer: string]>(this.#commit, values);
    return JSON.parse(row?.[0] ?? "null") as Answer;
  }

  /** Which of the writes that were stored are so no more, after a `clear()`; the others must be what is stored. */
  async #goneOf(writes: readonly VersionWrite[]): Promise<ReadonlySet<VersionWrite>> {
    const stored = await this.#reader.read(writes.map(({ record }) => record.ecsId));
    return new Set(
      writes.filter(({ record }, i) => {
        const version = stored[i];
        if (version !== undefined) requireSame(version.record, record);
        return version === undefined;
      }),
    );
  }
}

/** How each list of the writes is passed; those that need their base wait until they are planned. */
class ListArguments {
  readonly #lists = new Map<VersionWrite, (ListArgument | undefined)[]>();

  constructor(writes: readonly VersionWrite[]) {
    const fresh = new Set(writes.map(({ record }) => record.ecsId));
    for (const write of writes)
      this.#lists.set(
        write,
        write.record.lists.map((list, i) => {
          const hint = write.bases[i] ?? undefined;
          return argumentOf(list, hint === undefined || fresh.has(hint.of) ? undefined : hint);
        }),
      );
  }

  of(write: VersionWrite): readonly ListArgument[] {
    return (this.#lists.get(write) ?? []).map((list, i) => {
      if (list === undefined)
        throw new RangeError(
          `List ${i} of ${write.record.ecsId} was written before it was planned`,
        );
      return list;
    });
  }

  /** Plans what has to be planned, with one query. */
  async plan(session: Session, statement: Statement): Promise<void> {
    const open = [...this.#lists].flatMap(([write, lists]) =>
      lists.flatMap((argument, i) => {
        const list = write.record.lists[i];
        const hint = write.bases[i];
        return argument !== undefined || list === undefined || hint === null || hint === undefined
          ? []
          : [{ lists, i, list, hint }];
      }),
    );
    if (open.length === 0) return;
    const planned = await planOnBases(session, statement, open);
    open.forEach(({ lists, i }, at) => (lists[i] = planned[at]));
  }

  /** Forgets how the lists at these places, counted over all writes, were passed. */
  replan(writes: readonly VersionWrite[], places: readonly number[], mayRead: boolean): void {
    const wanted = new Set(places);
    let place = 0;
    for (const write of writes) {
      const lists = this.#lists.get(write) ?? [];
      for (const [i, list] of write.record.lists.entries())
        if (wanted.has(++place)) lists[i] = mayRead ? undefined : wholeList(list);
    }
  }
}

/** Each version once. */
function uniqueWrites(writes: readonly VersionWrite[]): readonly VersionWrite[] {
  const unique = new Map<EcsId, VersionWrite>();
  for (const write of writes) {
    const twin = unique.get(write.record.ecsId);
    if (twin === undefined) unique.set(write.record.ecsId, write);
    else requireSame(twin.record, write.record);
  }
  return [...unique.values()];
}

function requireSame(stored: EntityRecord, given: EntityRecord): void {
  if (!isSameRecord(stored, given)) throw new IdReuseError("version", given.ecsId);
}

function conflict(
  heads: readonly (readonly [LineageId, EcsId | null])[],
  refs: readonly (readonly [move: number, to: EcsId])[],
  moves: readonly RefMove[],
): CommitResult {
  const ofLineage = new Map<LineageId, EcsId[]>();
  for (const [lineage, head] of heads) {
    const known = ofLineage.get(lineage) ?? [];
    if (head !== null) known.push(head);
    ofLineage.set(lineage, known);
  }
  const named = new Map<string, NamedRef>();
  for (const [move, to] of refs) {
    const name = moves[move - 1]?.name;
    if (name !== undefined) named.set(name, Object.freeze({ name, to }));
  }
  return { status: "conflict", heads: ofLineage, refs: [...named.values()] };
}
