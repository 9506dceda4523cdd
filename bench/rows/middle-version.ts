import { join } from "node:path";
import type { EcsId, EntityRegistry } from "@mi/ecs";
import { collectGarbage } from "../measure/heap.ts";
import type { Bench, Line } from "../measure/line.ts";
import { medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timed } from "../measure/stopwatch.ts";
import { Conversation, Thread } from "../subject/conversation.ts";
import { memoryRegistry, sqliteRegistry } from "../subject/storages.ts";

const TURNS = 5_000;
const MIDDLES = [TURNS / 50, TURNS / 2];
const WARM_UP = 5;
const SAMPLES = 15;

export const middleVersion: Bench = {
  name: "middle-version",
  title: `a version in the middle of ${TURNS} turns`,
  run: () =>
    inScratchFolder(async (folder) => {
      const sqlite = await sqliteRegistry(join(folder, "ours.sqlite"));
      const lines = [...(await measure(memoryRegistry(), "memory"))];
      lines.push(...(await measure(sqlite, "SQLite")));
      await sqlite.close();
      return lines;
    }),
};

/** A version of a long thread, and a thread that ends where that version is. */
interface Pair {
  readonly turns: number;
  readonly middle: EcsId;
  readonly own: EcsId;
}

async function measure(registry: EntityRegistry, storage: string): Promise<readonly Line[]> {
  const long = await Conversation.start(registry);
  const pairs: Pair[] = [];
  for (const turns of MIDDLES) {
    await long.growTo(turns);
    const own = await Conversation.start(registry);
    await own.growTo(turns);
    pairs.push({ turns, middle: long.thread.ecsId, own: own.thread.ecsId });
  }
  await long.growTo(TURNS);
  const lines: Line[] = [];
  for (const pair of pairs) lines.push(await compare(registry, storage, pair));
  return lines;
}

async function compare(registry: EntityRegistry, storage: string, pair: Pair): Promise<Line> {
  const { turns, middle, own } = pair;
  const ofMiddle: number[] = [];
  const ofOwn: number[] = [];
  for (let i = 0; i < WARM_UP + SAMPLES; i++) {
    collectGarbage();
    ofMiddle.push(await timed(() => load(registry, middle, turns)));
    collectGarbage();
    ofOwn.push(await timed(() => load(registry, own, turns)));
  }
  return {
    what: `${storage}, the version of turn ${turns}`,
    measured: medianTime(ofMiddle.slice(WARM_UP)),
    against: { what: `a thread of ${turns}`, measured: medianTime(ofOwn.slice(WARM_UP)) },
    target: { aim: 1.1, bound: 1.5 },
  };
}

async function load(registry: EntityRegistry, id: EcsId, turns: number): Promise<void> {
  const thread = await registry.getOrThrow(Thread, id);
  if (thread.messages.length !== 2 * turns)
    throw new Error(`expected ${2 * turns} messages, got ${thread.messages.length}`);
}
