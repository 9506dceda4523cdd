import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { ConformanceTarget, MediumFacts, MediumFaults } from "@mi/conformance";
import { StorageError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { failingDatabase } from "./failing-database.ts";
import type { FailingDatabase } from "./failing-database.ts";

/** As V8 holds it in one string; SQLite itself takes a gigabyte. */
const maxPayloadBytes = 500_000_000;

/** Databases that the instances of a medium were opened on, to make them fail. */
class Opened {
  readonly #databases = new Map<EntityStorage, FailingDatabase>();

  async open(database: FailingDatabase): Promise<EntityStorage> {
    const storage = await SqliteStorage.open(database.database, { durability: "normal" });
    this.#databases.set(storage, database);
    return storage;
  }

  close(): void {
    for (const { database } of this.#databases.values()) database.close();
  }

  faults(): MediumFaults {
    return {
      // A process that dies leaves its connection as it is.
      crash: async () => undefined,
      loseNextReply: async (storage) => {
        const { commit } = storage;
        storage.commit = async (...args) => {
          storage.commit = commit;
          await commit.apply(storage, args);
          throw new StorageError("MI_STORAGE_CONNECTION", "the answer was lost", {
            retryable: true,
          });
        };
      },
      failNextCommit: async (storage, write) => this.#databases.get(storage)?.failAtWrite(write),
      onEvent: async (storage, listener) => {
        const database = this.#databases.get(storage);
        if (database === undefined) throw new Error("the storage is of another medium");
        const { commit } = storage;
        storage.commit = async (...args) => {
          // Other instances may be on the same database. A commit has done its work when it returns its promise.
          database.listen(listener);
          const answer = commit.apply(storage, args);
          database.listen(undefined);
          try {
            return await answer;
          } catch (error) {
            if (database.isStopped) await new Promise<never>(() => undefined);
            throw error;
          }
        };
      },
    };
  }
}

/** Several connections on one file. */
export const sqliteFileTarget: ConformanceTarget = {
  name: "SQLite, a file",
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), "mi-sqlite-"));
    const opened = new Opened();
    const facts: MediumFacts = { durable: true, multiProcess: true, maxPayloadBytes };
    return {
      facts,
      open: () => opened.open(failingDatabase(new Database(join(folder, "data.sqlite")))),
      destroy: async () => {
        opened.close();
        rmSync(folder, { recursive: true });
      },
      faults: opened.faults(),
    };
  },
};

/** Several instances on one connection, as a program has that opens ":memory:" once. */
export const sqliteMemoryTarget: ConformanceTarget = {
  name: "SQLite in memory",
  create: async () => {
    const opened = new Opened();
    const shared = failingDatabase(new Database(":memory:"));
    const facts: MediumFacts = { durable: false, multiProcess: false, maxPayloadBytes };
    return {
      facts,
      open: () => opened.open(shared),
      destroy: async () => opened.close(),
      faults: opened.faults(),
    };
  },
};
