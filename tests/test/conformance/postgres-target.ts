import type { ConformanceTarget, MediumFaults } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { emptySchema, testServer } from "@mi/postgres-server/jest";
import { PostgresStorage } from "@mi/storage-kysely/postgres";
import { failingWrites, UnreliablePool } from "./unreliable-pool.ts";

/** The driver makes one string of all texts of a commit, and V8 ends strings at 512 MB. */
const maxPayloadBytes = 250_000_000;

/** Instances with a pool each, as processes have them, on a schema of its own for each medium. */
export const postgresTarget: ConformanceTarget = {
  name: "PostgreSQL",
  create: async () => {
    const { url, schema } = await emptySchema();
    const pools = new Map<EntityStorage, UnreliablePool>();
    let made: Promise<unknown> | undefined;
    const poolOf = (storage: EntityStorage): UnreliablePool => {
      const pool = pools.get(storage);
      if (pool === undefined) throw new Error("the storage is of another medium");
      return pool;
    };
    const faults: MediumFaults = {
      crash: async (storage) => poolOf(storage).crash(),
      loseNextReply: async (storage) => poolOf(storage).loseNextReply(),
      failNextCommit: async (storage, write) => poolOf(storage).failAtWrite(write),
      onEvent: async (storage, listener) => poolOf(storage).listen(listener),
    };
    return {
      facts: { durable: true, multiProcess: true, maxPayloadBytes },
      open: async () => {
        const unreliable = new UnreliablePool(url);
        const storage = await PostgresStorage.open(unreliable.pool);
        pools.set(storage, unreliable);
        // Once, though several are opened at once.
        await (made ??= unreliable.pool.query(failingWrites));
        return storage;
      },
      destroy: async () => {
        for (const unreliable of pools.values()) {
          unreliable.crash();
          // Not waited for: a commit that was stopped never gives its connection back.
          void unreliable.pool.end();
        }
        await (await testServer()).query(`drop schema ${schema} cascade`);
      },
      faults,
    };
  },
};
