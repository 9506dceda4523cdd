import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { StorageError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import type { ConformanceTarget, MediumFacts, MediumFaults } from "@mi/conformance";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { failingDatabase } from "./failing-database.ts";
import type { FailingDatabase } from "./failing-database.ts";
import { scratchPath } from "./scratch-folder.ts";

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
    };
  }
}

/** Several connections on one file. */
export const fileTarget: ConformanceTarget = {
  name: "SQLite, a file",
  create: async () => {
    const path = scratchPath();
    const opened = new Opened();
    const facts: MediumFacts = { durable: true, multiProcess: true, maxPayloadBytes };
    return {
      facts,
      open: () => opened.open(failingDatabase(new Database(path))),
      destroy: async () => {
        opened.close();
        for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
      },
      faults: opened.faults(),
    };
  },
};

/** Several instances on one connection, as a program has that opens ":memory:" once. */
export const memoryTarget: ConformanceTarget = {
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
