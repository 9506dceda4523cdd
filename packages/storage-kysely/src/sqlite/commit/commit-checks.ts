import { IdReuseError } from "@mi/ecs";
import type { Commit, CommitHeader, CommitResult, EcsId, LineageId, NamedRef } from "@mi/ecs";
import { isSameHeader } from "../../same-content.ts";
import { sortKeyOf } from "../../sort-key.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import type { KnownVersions, Place } from "./known-versions.ts";

type HeaderRow = readonly [
  sequence: number,
  createdAt: string,
  operation: string | null,
  actor: string | null,
  reason: string | null,
  correlationId: string | null,
  causeId: EcsId | null,
  metadata: string,
];

/** What a commit has to be held against. */
export class CommitChecks {
  readonly #commit;
  readonly #lastVersionKey;
  readonly #version;
  readonly #head;
  readonly #headsOfLineage;
  readonly #refTarget;

  constructor(connection: Connection) {
    this.#commit = connection.rows<[id: string], HeaderRow>(
      queries
        .selectFrom("mi_commits")
        .select([
          "sequence",
          "created_at",
          "operation",
          "actor",
          "reason",
          "correlation_id",
          "cause_id",
          "metadata",
        ])
        .where("commit_id", "=", argument),
    );
    this.#lastVersionKey = connection.values<[], number | null>(
      queries.selectFrom("mi_versions").select(({ fn }) => fn.max("version_key").as("last")),
    );
    this.#version = connection.rows<[ecsId: string], readonly [key: number, lineage: number]>(
      queries
        .selectFrom("mi_versions")
        .select(["version_key", "lineage_key"])
        .where("ecs_id", "=", argument),
    );
    this.#head = connection.values<[lineage: number, version: number], number>(
      queries
        .selectFrom("mi_heads")
        .select("version_key")
        .where("lineage_key", "=", argument)
        .where("version_key", "=", argument),
    );
    this.#headsOfLineage = connection.rows<
      [lineage: number],
      readonly [lineageId: LineageId, head: EcsId | null]
    >(
      queries
        .selectFrom("mi_versions as first")
        .leftJoin("mi_heads as h", "h.lineage_key", "first.version_key")
        .leftJoin("mi_versions as v", "v.version_key", "h.version_key")
        .select(["first.lineage_id", "v.ecs_id"])
        .where("first.version_key", "=", argument)
        .orderBy("v.sequence")
        .orderBy("v.version_key"),
    );
    this.#refTarget = connection.values<[sortKey: Uint8Array], EcsId>(
      queries
        .selectFrom("mi_named_refs as r")
        .innerJoin("mi_versions as v", "v.version_key", "r.version_key")
        .select("v.ecs_id")
        .where("r.sort_key", "=", argument),
    );
  }

  /**
   * The sequence of a commit that is stored already.
   *
   * @throws IdReuseError when it has another header.
   */
  sequenceOf(header: CommitHeader): number | undefined {
    const row = this.#commit.get(header.id);
    if (row === undefined) return undefined;
    const [sequence, createdAt, operation, actor, reason, correlationId, cause, metadata] = row;
    const { id } = header;
    const stored = { id, createdAt, operation, actor, reason, correlationId, cause, metadata };
    if (!isSameHeader(stored, header)) throw new IdReuseError("commit", id);
    return sequence;
  }

  /** The key above those of all versions. No other writer can take it before this transaction ends. */
  nextVersionKey(): number {
    return (this.#lastVersionKey.get() ?? 0) + 1;
  }

  version(id: EcsId): Place | undefined {
    const row = this.#version.get(id);
    return row === undefined ? undefined : { key: row[0], lineage: row[1] };
  }

  /** What stands in the way of a commit: heads and refs that are not as it expects them. */
  conflict({ mustBeHeads, refMoves }: Commit, known: KnownVersions): CommitResult | undefined {
    const stale = mustBeHeads.map((id) => known.stored(id)).filter((place) => !this.#isHead(place));
    const refs = new Map<string, EcsId | undefined>();
    for (const { name, expected } of refMoves) {
      const to = expected === undefined ? undefined : this.#refTarget.get(sortKeyOf(name));
      if (expected !== undefined && (to ?? null) !== expected) refs.set(name, to);
    }
    if (stale.length === 0 && refs.size === 0) return undefined;
    const heads = new Map<LineageId, EcsId[]>();
    // A version that was never stored has no lineage to tell of.
    for (const lineage of new Set(stale.flatMap((place) => place?.lineage ?? []))) {
      for (const [id, head] of this.#headsOfLineage.all(lineage)) {
        const known = heads.get(id) ?? [];
        // One whose versions were all taken in by other lineages has none.
        if (head !== null) known.push(head);
        heads.set(id, known);
      }
    }
    return { status: "conflict", heads, refs: [...refs].flatMap(namedRef) };
  }

  #isHead(place: Place | undefined): boolean {
    return place !== undefined && this.#head.get(place.lineage, place.key) !== undefined;
  }
}

function namedRef([name, to]: readonly [string, EcsId | undefined]): readonly NamedRef[] {
  return to === undefined ? [] : [Object.freeze({ name, to })];
}
