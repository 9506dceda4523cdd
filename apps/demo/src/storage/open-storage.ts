import { existsSync } from "node:fs";
import { EntityRegistry, MiError, type EntityStorage } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { MemoryStorage } from "@mi/storage-memory";
import { UsageError } from "../cli/usage-error.ts";
import { fileKind } from "./file-kind.ts";
import { knownTypes } from "./known-types.ts";

export const defaultStorage = "sqlite:./mi-demo.sqlite";

/** Where versions are kept, as `--storage` says it. */
export type StorageTarget =
  { readonly kind: "memory" } | { readonly kind: "sqlite"; readonly path: string };

export interface OpenedStorage {
  readonly registry: EntityRegistry;
  /** What in the storage contradicts the rest of it. It reads all of it. */
  findProblems(): Promise<readonly string[]>;
  /** `undefined` for one that is not on disk. */
  bytesOnDisk(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** @throws UsageError when it is neither `memory` nor `sqlite:PATH`. */
export function parseStorage(text: string): StorageTarget {
  if (text === "memory") return { kind: "memory" };
  const path = text.startsWith("sqlite:") ? text.slice("sqlite:".length) : "";
  if (path === ":memory:")
    throw new UsageError(`--storage is ${JSON.stringify(text)}; use "memory" to keep nothing`);
  if (path !== "") return { kind: "sqlite", path };
  throw new UsageError(
    `--storage is ${JSON.stringify(text)}; expected sqlite:PATH, such as ${defaultStorage}, or memory`,
  );
}

/**
 * Opens a storage, and makes it when there is none.
 *
 * @throws UsageError when the file can't be made, opened or written, or is of some other program.
 */
export async function openStorage(target: StorageTarget): Promise<OpenedStorage> {
  if (target.kind === "memory") {
    return opened(new MemoryStorage(), {
      findProblems: async () => [],
      bytesOnDisk: async () => undefined,
    });
  }
  if (fileKind(target.path) === "foreign")
    throw new UsageError(
      `${target.path} is of another program; name a new file, or one that demo run has made`,
    );
  const storage = await openSqlite(target.path);
  return opened(storage, {
    findProblems: async () => (await storage.verify()).map(({ message }) => message),
    bytesOnDisk: () => storage.sizeOnDisk(),
  });
}

/**
 * Opens what an earlier run has kept; never makes a file.
 *
 * @throws UsageError when there is none, or the file is none.
 */
export async function openKept(text: string): Promise<OpenedStorage> {
  const target = parseStorage(text);
  if (target.kind === "memory")
    throw new UsageError("--storage memory is gone when its run ends; name a file: sqlite:PATH");
  if (!existsSync(target.path))
    throw new UsageError(
      `There is no ${target.path}; make it with "demo run --storage sqlite:${target.path}"`,
    );
  if (["empty", "foreign"].includes(fileKind(target.path)))
    throw new UsageError(`${target.path} is no storage of the demo; make one with demo run`);
  return openStorage(target);
}

function opened(
  storage: EntityStorage,
  facts: Pick<OpenedStorage, "findProblems" | "bytesOnDisk">,
): OpenedStorage {
  const registry = new EntityRegistry({ storage, types: Object.values(knownTypes) });
  return { registry, ...facts, close: () => registry.close() };
}

async function openSqlite(path: string): Promise<SqliteStorage> {
  try {
    // A killed process loses nothing with it; what a loss of power takes is run again.
    return await SqliteStorage.open(path, { durability: "normal" });
  } catch (error) {
    if (MiError.is(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
