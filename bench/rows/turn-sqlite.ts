import { join } from "node:path";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { databaseBytes } from "../measure/file-size.ts";
import type { Bench } from "../measure/line.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { Conversation } from "../subject/conversation.ts";
import { sqliteRegistry } from "../subject/storages.ts";
import { sizeTurns, timeTurns, type TurnPair, type TurnPlan } from "./turn-pairs.ts";

export const turnSqlite: Bench = {
  name: "turn-sqlite",
  title: "a turn on SQLite, durability normal",
  run: () =>
    inScratchFolder(async (folder) => {
      const plan: TurnPlan = {
        lengths: [100, 1_000, 2_000, 10_000],
        windows: 15,
        // So long that the log is written back in each window: about each 60 turns of ours, and each 120 of the floor.
        window: 120,
        warmUp: 1_000,
        open: (name) => openPair(folder, name),
      };
      return [...(await timeTurns(plan, { bound: 5, aim: 2.5 })), ...(await sizeTurns(plan))];
    }),
};

async function openPair(folder: string, name: string): Promise<TurnPair> {
  const oursPath = join(folder, `${name}-ours.sqlite`);
  const floorPath = join(folder, `${name}-floor.sqlite`);
  const registry = await sqliteRegistry(oursPath);
  const floor = new SqliteFloor(floorPath);
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
      floor.growTo(turns);
    },
    sizes: async () => ({ ours: databaseBytes(oursPath), floor: databaseBytes(floorPath) }),
    close: async () => {
      floor.close();
      await registry.close();
    },
  };
}
