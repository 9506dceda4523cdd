import type { EntityStorage } from "@mi/ecs";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";

export type Engine = "sqlite" | "postgres";

/** Where a database is: a path, or a URL. */
export interface Place {
  readonly engine: Engine;
  readonly at: string;
}

/** A storage that can say whether it is sound. */
export interface CheckedStorage extends EntityStorage {
  verify(): Promise<readonly { readonly message: string }[]>;
}

export async function openAt({ engine, at }: Place): Promise<CheckedStorage> {
  return engine === "sqlite"
    ? SqliteStorage.open(at, { busyTimeoutMs: 30_000 })
    : PostgresStorage.open(at, { lockTimeoutMs: 30_000 });
}
