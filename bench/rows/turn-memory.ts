import type { EntityRegistry } from "@mi/ecs";
import { retainedBytes } from "../measure/heap.ts";
import type { Bench, Line } from "../measure/line.ts";
import { bytes, medianTime } from "../measure/quantity.ts";
import { timedEach } from "../measure/stopwatch.ts";
import { Conversation } from "../subject/conversation.ts";
import { memoryRegistry } from "../subject/storages.ts";

const SHORT = 100;
const LONG = 10_000;
const WINDOWS = 25;
const WINDOW = 40;

export const turnMemory: Bench = {
  name: "turn-memory",
  title: "a turn on a warm thread, memory backend",
  async run(): Promise<readonly Line[]> {
    await warmUp();
    const short = await timeShort();
    const long = await timeLong();
    const retainedShort = await retainedPerTurn(LONG / SHORT, SHORT);
    const retainedLong = await retainedPerTurn(1, LONG);
    const target = { bound: 2, aim: 1.2 };
    return [
      {
        what: `time a turn at ${LONG} turns`,
        measured: medianTime(long),
        against: { what: `at ${SHORT}`, measured: medianTime(short) },
        target,
      },
      {
        what: `retained a turn, 1 thread of ${LONG}`,
        measured: bytes(retainedLong),
        against: {
          what: `${LONG / SHORT} of ${SHORT}`,
          measured: bytes(retainedShort),
        },
        target,
      },
    ];
  },
};

async function warmUp(): Promise<void> {
  const conversation = await Conversation.start(memoryRegistry());
  await conversation.growTo(2 * SHORT * WINDOW);
}

/** Each window on a thread of its own, so that none of them is much longer than it says. */
async function timeShort(): Promise<number[]> {
  const registry = memoryRegistry();
  const samples: number[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    const conversation = await Conversation.start(registry);
    await conversation.growTo(SHORT);
    samples.push(await timedEach(WINDOW, () => conversation.addTurn()));
  }
  return samples;
}

async function timeLong(): Promise<number[]> {
  const conversation = await Conversation.start(memoryRegistry());
  await conversation.growTo(LONG);
  const samples: number[] = [];
  for (let i = 0; i < WINDOWS; i++)
    samples.push(await timedEach(WINDOW, () => conversation.addTurn()));
  return samples;
}

/** The same number of turns in one storage, spread over more or fewer threads: all of them warm, and every version kept. */
async function retainedPerTurn(threads: number, turns: number): Promise<number> {
  const before = await retainedBytes();
  const kept = await grownThreads(memoryRegistry(), threads, turns);
  const after = await retainedBytes();
  if (kept.length !== threads) throw new Error("the threads must live until the heap was measured");
  return (after - before) / (threads * turns);
}

async function grownThreads(
  registry: EntityRegistry,
  threads: number,
  turns: number,
): Promise<readonly Conversation[]> {
  const grown: Conversation[] = [];
  for (let i = 0; i < threads; i++) {
    const conversation = await Conversation.start(registry);
    await conversation.growTo(turns);
    grown.push(conversation);
  }
  return grown;
}
