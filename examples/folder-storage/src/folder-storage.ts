import { resolve } from "node:path";
import { CorruptionError, readTreeByLevels, StorageError } from "@mi/ecs";
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
import { checkCommit } from "./check-commit.ts";
import { decodeEntry, encodeEntry } from "./commit-entry.ts";
import { CommitFolder } from "./commit-folder.ts";
import type { Place } from "./commit-folder.ts";
import { StoreState } from "./store-state.ts";
import { listCommits, listRefs, listVersions } from "./listings.ts";
import { storageError } from "./storage-errors.ts";

/** The steps of a commit, each named by what comes next: the checks, its file, its publication, the answer. */
export type CommitStep = "begin" | "write" | "commit" | "committed";

export interface FolderStorageOptions {
  /** Awaited before each step of a commit. For tests, which make it fail or wait for ever. */
  readonly beforeStep?: ((step: CommitStep) => Promise<void>) | undefined;
}

/**
 * Keeps versions as files in a folder, for any number of processes at once. Each instance holds all of the data in
 * memory as well, so it is for small data; its folder has to be on a file system with hard links.
 */
export class FolderStorage implements EntityStorage {
  readonly #path: string;
  readonly #folder: CommitFolder;
  readonly #beforeStep: (step: CommitStep) => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  #state = new StoreState(1);
  /** Ends when the last call so far has read the files that were new to it. */
  #reading: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(path: string, { beforeStep = async () => undefined }: FolderStorageOptions) {
    this.#path = path;
    this.#folder = new CommitFolder(path);
    this.#beforeStep = beforeStep;
  }

  /** Opens a folder, and makes it when it is not there. */
  static async open(path: string, options: FolderStorageOptions = {}): Promise<FolderStorage> {
    // The process may change its folder later.
    const storage = new FolderStorage(resolve(path), options);
    try {
      await storage.#folder.make();
    } catch (error) {
      throw storageError(error, path);
    }
    return storage;
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#run(async () => {
      await this.#beforeStep("begin");
      for (;;) {
        await this.#catchUp();
        // From here to the number of the file nothing waits: the checks hold for exactly that number.
        const state = this.#state;
        const decision = checkCommit(state, commit);
        const { generation, nextNumber: number } = state;
        if (decision.kind === "answer") {
          // It may rest on a commit whose writer died before it flushed.
          await this.#folder.flush(generation);
          return decision.result;
        }
        const sequence = state.commit(commit.header.id)?.sequence ?? number;
        if (await this.#write(encodeEntry(decision.entry), { generation, number }))
          return { status: "committed", sequence };
        // Another process was faster. What it has committed may change the decision.
      }
    });
  }

  read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#ask((state) => ids.map((id) => state.version(id)));
  }

  readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return this.#ask((state) =>
      readTreeByLevels(async (ids) => ids.map((id) => state.version(id)), roots),
    );
  }

  heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#ask((state) => lineages.map((lineage) => state.heads(lineage)));
  }

  versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#ask((state) => listVersions(state, query, page));
  }

  commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#ask((state) => listCommits(state, query, page));
  }

  refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#ask((state) => listRefs(state, query, page));
  }

  stats(): Promise<StorageStats> {
    return this.#ask((state) => state.stats());
  }

  clear(): Promise<void> {
    return this.#run(async () => {
      await this.#catchUp();
      await this.#folder.end(this.#state.generation);
    });
  }

  /** Waits for the calls that are under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
  }

  /** Reads what is new on the disk, then answers from memory, at one moment. */
  #ask<T>(answer: (state: StoreState) => T | Promise<T>): Promise<T> {
    return this.#run(async () => {
      await this.#catchUp();
      return answer(this.#state);
    });
  }

  /** What every call has in common: it is refused after close, and its errors are those of a storage. */
  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        "This FolderStorage was closed; open the folder again to go on",
      );
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw storageError(error, this.#path);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Two calls must not take in the same file, and each must look at the disk after it began: one after the other. */
  async #catchUp(): Promise<void> {
    const mine = this.#reading.then(() => this.#takeNew());
    this.#reading = mine.catch(() => undefined);
    await mine;
  }

  /** A clear begins a new generation and then deletes the old one: so it looks for one after it has read the files. */
  async #takeNew(): Promise<void> {
    for (;;) {
      await this.#takeNewOf(this.#state);
      const generation = await this.#folder.newestGeneration();
      if (generation === this.#state.generation) return;
      this.#state = new StoreState(generation);
    }
  }

  async #takeNewOf(state: StoreState): Promise<void> {
    for (;;) {
      const { generation, nextNumber: number } = state;
      const text = await this.#folder.read({ generation, number });
      const path = `${this.#path}/${generation}/${number}.json`;
      if (text === undefined) {
        if (!(await this.#folder.isMissing({ generation, number }))) return;
        throw new CorruptionError(`${path} is missing, and there are later commits`, { path });
      }
      try {
        state.take(decodeEntry(text));
      } catch (error) {
        throw new CorruptionError(`${path} holds no commit`, { path }, error);
      }
    }
  }

  async #write(text: string, place: Place): Promise<boolean> {
    await this.#beforeStep("write");
    const written = await this.#folder.write(text);
    try {
      await this.#beforeStep("commit");
      const isPublished = await this.#folder.publish(written, place);
      if (isPublished) await this.#beforeStep("committed");
      return isPublished;
    } finally {
      await this.#folder.discard(written);
    }
  }
}
