import { CorruptionError, StorageError } from "@mi/ecs";
import type {
  CommitId,
  CommitQuery,
  EcsId,
  LineageId,
  NamedRef,
  Page,
  PageOf,
  RefQuery,
  StorageStats,
  StoredCommit,
  VersionInfo,
  VersionQuery,
} from "@mi/ecs";
import { cursorAfter, keyOfCursor, numberOfCursor, pageOf, rowsOf } from "../../pages/cursor.ts";
import { storedCommit } from "../../read/commit-row.ts";
import type { CommitRow } from "../../read/commit-row.ts";
import { versionInfo } from "../../read/info-row.ts";
import type { InfoRow } from "../../read/info-row.ts";
import { endOfPrefix, sortKeyOf } from "../../sort-key.ts";
import { decodeText, encodeText } from "../../text-encoding.ts";
import { bytesArray, idArray, textArray } from "../array-literals.ts";
import type { Session, Statement } from "../session.ts";

/** Heads, pages of versions, commits and refs, and counts: one round trip each. */
export class Listings {
  readonly #session: Session;
  readonly #heads: Statement;
  readonly #versions: Statement;
  readonly #commits: Statement;
  readonly #refs: readonly [ascending: Statement, descending: Statement];
  readonly #stats: Statement;

  constructor(session: Session, schema: string) {
    this.#session = session;
    this.#heads = {
      name: "mi_read_heads",
      text: `select * from ${schema}.mi_read_heads($1::text[])`,
    };
    this.#versions = {
      name: "mi_list_versions",
      text: `select l.*, pg_is_in_recovery() from ${schema}.mi_list_versions($1, $2, $3, $4, $5::text[], $6, $7) l`,
    };
    this.#commits = {
      name: "mi_list_commits",
      text: `select l.*, pg_is_in_recovery() from ${schema}.mi_list_commits($1, $2, $3, $4, $5, $6, $7, $8, $9) l`,
    };
    this.#refs = [refsStatement(schema, false), refsStatement(schema, true)];
    this.#stats = {
      name: "mi_stats",
      text: `select
        (select count(*) from ${schema}.mi_versions)::double precision as versions,
        (select count(*) from ${schema}.mi_versions where lineage_id is not null)::double precision as lineages,
        (select count(*) from ${schema}.mi_commits)::double precision as commits`,
    };
  }

  /** In the order of the lineages; of each, by sequence. */
  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    const found = new Map<LineageId, EcsId[]>(lineages.map((id) => [id, []]));
    if (found.size === 0) return [];
    type Row = readonly [lineageId: LineageId, ecsId: EcsId];
    const rows = await this.#session.run<Row>(this.#heads, [idArray([...found.keys()])]);
    for (const [lineage, head] of rows) found.get(lineage)?.push(head);
    return lineages.map((id) => found.get(id) ?? []);
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    const { lineageId, types, headsOnly, commitId } = query;
    const { after, descending = false } = page;
    const rows = await this.#session.run<ListedRow>(this.#versions, [
      after === undefined ? null : numberOfCursor("version", after),
      rowsOf(page),
      descending,
      lineageId ?? null,
      types === undefined ? null : textArray(types),
      headsOnly === true,
      commitId ?? null,
    ]);
    this.#requirePrimary(rows[0]?.[10]);
    return pageOf(rows.map(infoOf), page, versionInfo, ([key]) =>
      cursorAfter("version", String(key)),
    );
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    const { lineageId, actor, operation, correlationId, since, until } = query;
    const { after, descending = false } = page;
    const rows = await this.#session.run<ListedCommit>(this.#commits, [
      after === undefined ? null : numberOfCursor("commit", after),
      rowsOf(page),
      descending,
      ...[lineageId, actor, operation, correlationId, since, until].map((text) =>
        text === undefined ? null : encodeText(text),
      ),
    ]);
    this.#requirePrimary(rows[0]?.[9]);
    return pageOf(
      rows,
      page,
      (row) => storedCommit(decodedCommit(row)),
      ([sequence]) => cursorAfter("commit", String(sequence)),
    );
  }

  async refs({ names, prefix }: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    const { after, descending = false } = page;
    const start = prefix === undefined ? undefined : sortKeyOf(prefix);
    const end = start === undefined ? undefined : endOfPrefix(start);
    type Row = readonly [name: string, ecsId: EcsId];
    const rows = await this.#session.run<Row>(this.#refs[descending ? 1 : 0], [
      after === undefined ? null : Buffer.from(keyOfCursor("ref", after), "hex"),
      names === undefined ? null : bytesArray(names.map(sortKeyOf)),
      start === undefined ? null : Buffer.from(start),
      end === undefined ? null : Buffer.from(end),
      rowsOf(page),
    ]);
    return pageOf(
      rows,
      page,
      ([name, to]) => Object.freeze({ name: decodeText(name), to }),
      ([name]) => cursorAfter("ref", Buffer.from(sortKeyOf(decodeText(name))).toString("hex")),
    );
  }

  async stats(): Promise<StorageStats> {
    type Row = readonly [versions: number, lineages: number, commits: number];
    const [row] = await this.#session.run<Row>(this.#stats, []);
    const [versions = 0, lineages = 0, commits = 0] = row ?? [];
    return { versions, lineages, commits };
  }

  /** A standby has no locks of the writers, so that a page could gain what is under way on the primary server. */
  #requirePrimary(isInRecovery: boolean | undefined): void {
    if (isInRecovery === true)
      throw new StorageError(
        "MI_STORAGE_PERMISSION",
        `${this.#session.place} can only be read, and doesn't know which commits are under way; list on the primary server`,
        { details: { place: this.#session.place } },
      );
  }
}

function refsStatement(schema: string, isDescending: boolean): Statement {
  return {
    // Planned for its bounds: a plan for any bounds would read all refs.
    text: `select r.name, v.ecs_id
      from ${schema}.mi_named_refs r join ${schema}.mi_versions v on v.version_key = r.version_key
      where ($1::bytea is null or r.sort_key ${isDescending ? "<" : ">"} $1)
        and ($2::bytea[] is null or r.sort_key = any ($2))
        and ($3::bytea is null or r.sort_key >= $3)
        and ($4::bytea is null or r.sort_key < $4)
      order by r.sort_key${isDescending ? " desc" : ""}
      limit $5::bigint`,
  };
}

/** An `InfoRow` as it comes: numbers as text, or as whatever the caller has had them read as. */
type ListedRow = readonly [
  key: unknown,
  ecsId: EcsId,
  lineageId: LineageId | null,
  parentId: EcsId | null,
  mergedFromId: EcsId | null,
  type: string | null,
  schemaVersion: unknown,
  createdAt: string,
  commitId: CommitId | null,
  sequence: unknown,
  isInRecovery: boolean,
];

/** @throws CorruptionError when the first version of its lineage, its type or its commit is gone. */
function infoOf(row: ListedRow): InfoRow {
  // By index: a page may have ten thousand.
  const lineageId = row[2];
  const type = row[5];
  const commitId = row[8];
  if (lineageId === null || type === null || commitId === null)
    throw new CorruptionError(
      `Version ${row[1]} is damaged: its lineage, type or commit is missing; run verify() on the storage, and restore a backup`,
      { ecsId: row[1] },
    );
  return [
    Number(row[0]),
    row[1],
    lineageId,
    row[3],
    row[4],
    decodeText(type),
    Number(row[6]),
    decodeText(row[7]),
    commitId,
    Number(row[9]),
  ];
}

type ListedCommit = readonly [...CommitRow, isInRecovery: boolean];

function decodedCommit(row: ListedCommit): CommitRow {
  const [sequence, id, createdAt, operation, actor, reason, correlationId, cause, metadata] = row;
  const text = (stored: string | null): string | null =>
    stored === null ? null : decodeText(stored);
  return [
    sequence,
    id,
    decodeText(createdAt),
    text(operation),
    text(actor),
    text(reason),
    text(correlationId),
    cause,
    decodeText(metadata),
  ];
}
