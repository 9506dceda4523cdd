import type {
  CommitHeader,
  CommitId,
  CommitQuery,
  LineageId,
  Page,
  PageOf,
  StoredCommit,
} from "@mi/ecs";
import { parseNumberKey, takePage } from "./page.ts";
import { insertSorted } from "./sorted.ts";

/** The commits in the order in which they came. */
export class CommitLog {
  readonly #all: StoredCommit[] = [];
  readonly #byId = new Map<CommitId, StoredCommit>();
  readonly #byLineage = new Map<LineageId, StoredCommit[]>();

  get size(): number {
    return this.#all.length;
  }

  get(id: CommitId): StoredCommit | undefined {
    return this.#byId.get(id);
  }

  add(header: CommitHeader): StoredCommit {
    const { id, createdAt, operation, actor, reason, correlationId, cause, metadata } = header;
    const commit: StoredCommit = Object.freeze({
      id,
      createdAt,
      operation,
      actor,
      reason,
      correlationId,
      cause,
      metadata,
      sequence: this.#all.length + 1,
    });
    this.#all.push(commit);
    this.#byId.set(id, commit);
    return commit;
  }

  /** Notes that a commit made versions of these lineages. */
  touch(commit: StoredCommit, lineages: ReadonlySet<LineageId>): void {
    for (const lineage of lineages) {
      const commits = this.#byLineage.get(lineage);
      if (commits === undefined) this.#byLineage.set(lineage, [commit]);
      else insertSorted(commits, commit, (a, b) => a.sequence < b.sequence);
    }
  }

  list(query: CommitQuery, page: PageOf): Page<StoredCommit> {
    const { lineageId, actor, operation, correlationId, since, until } = query;
    return takePage(
      {
        kind: "commit",
        items: lineageId === undefined ? this.#all : (this.#byLineage.get(lineageId) ?? []),
        keyOf: (commit) => commit.sequence,
        parseKey: parseNumberKey,
        matches: (commit) =>
          (actor === undefined || commit.actor === actor) &&
          (operation === undefined || commit.operation === operation) &&
          (correlationId === undefined || commit.correlationId === correlationId) &&
          (since === undefined || commit.createdAt >= since) &&
          (until === undefined || commit.createdAt < until),
      },
      page,
    );
  }
}
