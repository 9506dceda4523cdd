import { EntityRegistry } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { MemoryStorage } from "@mi/storage-memory";
import { Message, Thread } from "./conversation.ts";

const types = [Message, Thread];

export function memoryRegistry(): EntityRegistry {
  return new EntityRegistry({ storage: new MemoryStorage(), types });
}

/** Over a file; commits survive a crash of the process, as those of the floor do. */
export async function sqliteRegistry(path: string): Promise<EntityRegistry> {
  return new EntityRegistry({
    storage: await SqliteStorage.open(path, { durability: "normal" }),
    types,
  });
}
