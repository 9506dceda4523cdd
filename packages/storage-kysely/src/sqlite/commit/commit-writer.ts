import type { CommitHeader, EcsId, RefMove } from "@mi/ecs";
import { sortKeyOf } from "../../sort-key.ts";
import { argument, queries, rowid } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** Writes the row of a commit, and moves named refs. */
export class CommitWriter {
  readonly #insertCommit;
  readonly #insertLate;
  readonly #setRef;
  readonly #deleteRef;

  constructor(connection: Connection) {
    this.#insertCommit = connection.command<
      [
        id: string,
        createdAt: string,
        operation: string | null,
        actor: string | null,
        reason: string | null,
        correlationId: string | null,
        causeId: string | null,
        metadata: string,
        firstVersionKey: number,
        versionCount: number,
      ]
    >(
      queries.insertInto("mi_commits").values({
        commit_id: argument,
        created_at: argument,
        operation: argument,
        actor: argument,
        reason: argument,
        correlation_id: argument,
        cause_id: argument,
        metadata: argument,
        first_version_key: argument,
        version_count: argument,
      }),
    );
    this.#insertLate = connection.command<[sequence: number, version: number]>(
      queries.insertInto("mi_late_versions").values({ sequence: argument, version_key: argument }),
    );
    this.#setRef = connection.command<[sortKey: Uint8Array, name: string, version: number]>(
      queries
        .insertInto("mi_named_refs")
        .values({ sort_key: argument, name: argument, version_key: argument })
        .onConflict((conflict) =>
          conflict
            .column("sort_key")
            .doUpdateSet(({ ref }) => ({ version_key: ref("excluded.version_key") })),
        ),
    );
    this.#deleteRef = connection.command<[sortKey: Uint8Array]>(
      queries.deleteFrom("mi_named_refs").where("sort_key", "=", argument),
    );
  }

  /** The sequence that the commit got. */
  write(header: CommitHeader, firstVersionKey: number, versionCount: number): number {
    const { id, createdAt, operation, actor, reason, correlationId, cause, metadata } = header;
    return rowid(
      this.#insertCommit.run(
        id,
        createdAt,
        operation,
        actor,
        reason,
        correlationId,
        cause,
        metadata,
        firstVersionKey,
        versionCount,
      ),
    );
  }

  /** Notes versions that came after their commit. */
  addLate(sequence: number, versionKeys: readonly number[]): void {
    for (const key of versionKeys) this.#insertLate.run(sequence, key);
  }

  moveRefs(moves: readonly RefMove[], keyOf: (id: EcsId) => number): void {
    for (const { name, to } of moves) {
      if (to === null) this.#deleteRef.run(sortKeyOf(name));
      else this.#setRef.run(sortKeyOf(name), name, keyOf(to));
    }
  }
}
