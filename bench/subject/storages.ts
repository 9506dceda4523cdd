import { EntityRegistry, type EntityStorage } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { MemoryStorage } from "@mi/storage-memory";
import { Message, Thread } from "./conversation.ts";

const types = [Message, Thread];

export function registryOver(storage: EntityStorage): EntityRegistry {
  return new EntityRegistry({ storage, types });
}

export function memoryRegistry(): EntityRegistry {
  return registryOver(new MemoryStorage());
}

/** Over a file; commits survive a crash of the process, as those of the floor do. */
export async function sqliteRegistry(path: string): Promise<EntityRegistry> {
  return registryOver(await SqliteStorage.open(path, { durability: "normal" }));
}
