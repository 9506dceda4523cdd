import type { SharedServer } from "@mi/postgres-server";
import { PostgresStorage } from "@mi/storage-kysely/postgres";
import { PostgresFloor } from "../floor/postgres-floor.ts";
import type { Bench } from "../measure/line.ts";
import { Conversation } from "../subject/conversation.ts";
import { registryOver } from "../subject/storages.ts";
import { schemaFor, withPostgres } from "../subject/with-postgres.ts";
import { sizeTurns, timeTurns, type TurnPair, type TurnPlan } from "./turn-pairs.ts";

export const turnPostgres: Bench = {
  name: "turn-postgres",
  title: "a turn on PostgreSQL, durability normal, against one round trip",
  run: () =>
    withPostgres(async (server) => {
      const plan: TurnPlan = {
        lengths: [100, 2_000, 10_000],
        windows: 15,
        window: 100,
        warmUp: 500,
        open: () => openPair(server),
      };
      return [...(await timeTurns(plan, { bound: 2, aim: 1.3 })), ...(await sizeTurns(plan))];
    }),
};

async function openPair(server: SharedServer): Promise<TurnPair> {
  const storage = await PostgresStorage.open(await schemaFor(server), {
    durability: "normal",
    max: 1,
  });
  const registry = registryOver(storage);
  const floor = await PostgresFloor.open(await schemaFor(server));
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
