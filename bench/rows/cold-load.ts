import { join } from "node:path";
import type { EcsId } from "@mi/ecs";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { collectGarbage } from "../measure/heap.ts";
import type { Bench, Line } from "../measure/line.ts";
import { medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timed } from "../measure/stopwatch.ts";
import { Conversation, Thread } from "../subject/conversation.ts";
import { sqliteRegistry } from "../subject/storages.ts";

const MESSAGES = 10_000;
const WARM_UP = 3;
const SAMPLES = 15;

interface Times {
  readonly loads: number[];
  readonly reads: number[];
  readonly floor: number[];
  readonly floorReads: number[];
}

export const coldLoad: Bench = {
  name: "cold-load",
  title: `newest state of a thread of ${MESSAGES} messages from SQLite, nothing of it in memory`,
  run: () =>
    inScratchFolder(async (folder) => {
      const oursPath = join(folder, "ours.sqlite");
      const floorPath = join(folder, "floor.sqlite");
      const thread = await store(oursPath, floorPath);
      const times: Times = { loads: [], reads: [], floor: [], floorReads: [] };
      for (let i = 0; i < WARM_UP + SAMPLES; i++) {
        await loadOurs(oursPath, thread, times);
        await loadFloor(floorPath, times);
      }
      return lines(times);
    }),
};

async function store(oursPath: string, floorPath: string): Promise<EcsId> {
  const registry = await sqliteRegistry(oursPath);
  const conversation = await Conversation.start(registry);
  await conversation.growTo(MESSAGES / 2);
  await registry.close();
  const floor = new SqliteFloor(floorPath);
  floor.growTo(MESSAGES / 2);
  floor.close();
  return conversation.thread.ecsId;
}

/** On a connection and a registry of its own. Opening is not counted, preparing the queries is. */
async function loadOurs(path: string, id: EcsId, times: Times): Promise<void> {
  const registry = await sqliteRegistry(path);
  let thread: Thread | undefined;
  collectGarbage();
  times.loads.push(await timed(async () => (thread = await registry.get(Thread, id))));
  let length = 0;
  times.reads.push(
    await timed(() => {
      for (const message of thread?.messages ?? []) length += message.content.length;
    }),
  );
  requireAll(length);
  await registry.close();
}

async function loadFloor(path: string, times: Times): Promise<void> {
  const floor = new SqliteFloor(path);
  collectGarbage();
  let messages: readonly { content: string }[] = [];
  times.floor.push(await timed(() => void (messages = floor.readNewest())));
  let length = 0;
  times.floorReads.push(
    await timed(() => {
      for (const message of messages) length += message.content.length;
    }),
  );
  requireAll(length);
  floor.close();
}

function requireAll(length: number): void {
  if (length < MESSAGES * 200) throw new Error(`read only ${length} characters`);
}

function lines({ loads, reads, floor, floorReads }: Times): readonly Line[] {
  const target = { bound: 3, aim: 1.5 };
  const warm = (samples: readonly number[]) => samples.slice(WARM_UP);
  const sum = (a: readonly number[], b: readonly number[]) => a.map((x, i) => x + (b[i] ?? 0));
  const first = (samples: readonly number[]) => medianTime(samples.slice(0, 1));
  return [
    {
      what: "load",
      measured: medianTime(warm(loads)),
      against: { what: "query + JSON.parse", measured: medianTime(warm(floor)) },
      target,
    },
    {
      what: "load, then read every content",
      measured: medianTime(warm(sum(loads, reads))),
      against: { what: "the same", measured: medianTime(warm(sum(floor, floorReads))) },
      target,
    },
    {
      what: "load, the first of the process",
      measured: first(loads),
      against: { what: "query + JSON.parse", measured: first(floor) },
    },
  ];
}
