import type { EcsId, LineageId } from "@mi/ecs";
import { PostgresStorage } from "@mi/storage-kysely/postgres";
import { PostgresFloor } from "../floor/postgres-floor.ts";
import { collectGarbage } from "../measure/heap.ts";
import type { Bench, Line } from "../measure/line.ts";
import { medianTime } from "../measure/quantity.ts";
import { timed } from "../measure/stopwatch.ts";
import { Conversation, Thread } from "../subject/conversation.ts";
import { registryOver } from "../subject/storages.ts";
import { schemaFor, withPostgres } from "../subject/with-postgres.ts";

const MESSAGES = 10_000;
const VERSIONS = 10_000;
const WARM_UP = 3;
const SAMPLES = 11;

/** Ours and the floor in turns, so that what else the machine does hits both. */
async function compare(
  what: string,
  ours: () => Promise<number>,
  floor: { readonly what: string; readonly work: () => Promise<number> },
  target: Line["target"],
): Promise<Line> {
  const samples: { readonly ours: number[]; readonly floor: number[] } = { ours: [], floor: [] };
  const time = async (into: number[], work: () => Promise<number>): Promise<number> => {
    collectGarbage();
    let found = 0;
    into.push(await timed(async () => (found = await work())));
    return found;
  };
  for (let i = 0; i < WARM_UP + SAMPLES; i++) {
    const found = await time(samples.ours, ours);
    const expected = await time(samples.floor, floor.work);
    if (found !== expected) throw new Error(`${what}: got ${found}, the floor has ${expected}`);
  }
  return {
    what,
    measured: medianTime(samples.ours.slice(WARM_UP)),
    against: { what: floor.what, measured: medianTime(samples.floor.slice(WARM_UP)) },
    target,
  };
}

export const readPostgres: Bench = {
  name: "read-postgres",
  title: `a thread of ${MESSAGES} messages, and ${VERSIONS} versions of one, from PostgreSQL`,
  run: () =>
    withPostgres(async (server) => {
      const url = await schemaFor(server);
      const storage = await PostgresStorage.open(url, { durability: "normal", max: 1 });
      const conversation = await Conversation.start(registryOver(storage));
      await conversation.growTo(MESSAGES / 2);
      const { ecsId, lineageId } = conversation.thread;
      const floor = await PostgresFloor.open(await schemaFor(server));
      await floor.growTo(MESSAGES / 2);
      const cold = { bound: 3, aim: 1.5 };
      const newest = {
        what: "query + JSON.parse",
        work: async () => (await floor.readNewest()).length,
      };
      const versions = {
        what: "one SELECT",
        work: async () => (await floor.listVersions()).length,
      };
      const lines = [
        await compare("load, nothing of it in memory", () => load(storage, ecsId), newest, cold),
        await compare("its records alone", () => readTree(storage, ecsId), newest, cold),
      ];
      await conversation.growTo(VERSIONS - 1);
      await floor.growTo(VERSIONS);
      lines.push(
        await compare("list versions in one page", () => list(storage, lineageId), versions, {
          bound: 3,
        }),
      );
      await floor.close();
      await storage.close();
      return lines;
    }),
};

async function load(storage: PostgresStorage, id: EcsId): Promise<number> {
  return (await registryOver(storage).get(Thread, id))?.messages.length ?? 0;
}

async function readTree(storage: PostgresStorage, id: EcsId): Promise<number> {
  return (await storage.readTree([id])).length - 1;
}

async function list(storage: PostgresStorage, lineageId: LineageId): Promise<number> {
  return (await storage.versions({ lineageId }, { limit: VERSIONS })).items.length;
}
