import type {
  Commit,
  CommitQuery,
  CommitResult,
  EcsId,
  EntityStorage,
  LineageId,
  NamedRef,
  Page,
  PageOf,
  RefQuery,
  StorageStats,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "@mi/ecs";
import { StorageError } from "@mi/ecs";
import { KnownLists } from "../lists/known-lists.ts";
import { basesToRead, withRightHints } from "../lists/right-hints.ts";
import { checkStorable } from "../texts.ts";
import { clearedWithin } from "../within.ts";
import { Committer } from "./commit/committer.ts";
import type { KnownVersions } from "./commit/known-versions.ts";
import { Listings } from "./read/listings.ts";
import { VersionReader } from "./read/version-reader.ts";
import type { Session } from "./session.ts";

/** The storage contract over any session: each statement where the session runs it. */
export class StorageView implements EntityStorage {
  readonly #session: Session;
  readonly #reader: VersionReader;
  readonly #listings: Listings;
  readonly #committer: Committer;
  readonly #knownLists = new KnownLists();
  #isClosed = false;

  /** With `known`, commits on top of what it knows are sent in the shorter form. */
  constructor(
    session: Session,
    schema: string,
    synchronousCommit: "on" | "off" | null,
    known: KnownVersions | undefined,
  ) {
    this.#session = session;
    this.#reader = new VersionReader(session, schema);
    this.#listings = new Listings(session, schema);
    this.#committer = new Committer(session, this.#reader, schema, synchronousCommit, known);
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.requireOpen();
    checkStorable(commit);
    const bases = await this.#reader.read(basesToRead(commit, this.#knownLists));
    const result = await this.#committer.apply(withRightHints(commit, this.#knownLists, bases));
    if (result.status !== "conflict")
      for (const { record } of commit.versions) this.#knownLists.note(record);
    return result;
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    this.requireOpen();
    return this.#known(await this.#reader.read(ids));
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    this.requireOpen();
    return this.#known(await this.#reader.readTree(roots));
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    this.requireOpen();
    return this.#listings.heads(lineages);
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    this.requireOpen();
    return this.#listings.versions(query, page);
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    this.requireOpen();
    return this.#listings.commits(query, page);
  }

  async refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    this.requireOpen();
    return this.#listings.refs(query, page);
  }

  async stats(): Promise<StorageStats> {
    this.requireOpen();
    return this.#listings.stats();
  }

  /** Only the storage itself clears: it takes locks that a transaction of a caller would keep. */
  async clear(): Promise<void> {
    this.requireOpen();
    throw clearedWithin(this.#session.place);
  }

  /** For when everything was deleted. */
  forget(): void {
    this.#knownLists.clear();
  }

  /** Ends the use of this instance; the session is its maker's. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #known<T extends StoredVersion | undefined>(versions: readonly T[]): readonly T[] {
    for (const stored of versions) if (stored) this.#knownLists.note(stored.record);
    return versions;
  }

  requireOpen(): void {
    if (this.#isClosed)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        `${this.#session.place} was closed; open it again to go on`,
      );
  }
}
