import type { SharedServer } from "@mi/postgres-server";
import { PostgresStorage } from "@mi/storage-kysely/postgres";
import { PostgresFloor } from "../floor/postgres-floor.ts";
import type { Bench } from "../measure/line.ts";
import { Conversation } from "../subject/conversation.ts";
import { registryOver } from "../subject/storages.ts";
import { schemaFor, withPostgres } from "../subject/with-postgres.ts";
import { sizeTurns, timeTurns, type TurnPair, type TurnPlan } from "./turn-pairs.ts";

type Durability = "full" | "normal";

const target = { bound: 2, aim: 1.3 };

/** The default: an acknowledged turn is on the disk, for both sides. */
export const turnPostgres: Bench = {
  name: "turn-postgres",
  title: "a turn on PostgreSQL, durability full, against one round trip",
  run: () => withPostgres((server) => timeTurns(planOf(server, "full", [100, 2_000]), target)),
};

export const turnPostgresNormal: Bench = {
  name: "turn-postgres-normal",
  title: "a turn on PostgreSQL, durability normal, against one round trip",
  run: () =>
    withPostgres(async (server) => {
      const plan = planOf(server, "normal", [100, 2_000, 10_000]);
      return [...(await timeTurns(plan, target)), ...(await sizeTurns(plan))];
    }),
};

function planOf(
  server: SharedServer,
  durability: Durability,
  lengths: readonly number[],
): TurnPlan {
  const open = (): Promise<TurnPair> => openPair(server, durability);
  return { lengths, windows: 15, window: 100, warmUp: 500, open };
}

async function openPair(server: SharedServer, durability: Durability): Promise<TurnPair> {
  const url = await schemaFor(server, durability);
  const storage = await PostgresStorage.open(url, { durability, max: 1 });
  const registry = registryOver(storage);
  const floor = await PostgresFloor.open(await schemaFor(server, durability));
  let ours = await Conversation.start(registry);
  return {
    addTurn: () => ours.addTurn(),
    addFloorTurn: () => floor.addTurn(),
    startThreads: async () => {
      ours = await Conversation.start(registry);
      floor.startThread();
    },
    growTo: async (turns) => {
      await ours.growTo(turns);
      await floor.growTo(turns);
    },
    sizes: async () => ({ ours: await storage.sizeOnDisk(), floor: await floor.sizeOnDisk() }),
    close: async () => {
      await floor.close();
      await registry.close();
    },
  };
}
