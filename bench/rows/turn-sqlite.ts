import { join } from "node:path";
import type { EntityRegistry } from "@mi/ecs";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { databaseBytes } from "../measure/file-size.ts";
import type { Bench, Line } from "../measure/line.ts";
import { bytes, medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timedEach } from "../measure/stopwatch.ts";
import { Conversation } from "../subject/conversation.ts";
import { sqliteRegistry } from "../subject/storages.ts";

const LENGTHS = [100, 1_000, 2_000, 10_000];
const WINDOWS = 15;
/** So long that the log is written back in each window: about each 60 turns of ours, and each 120 of the floor. */
const WINDOW = 120;
const WARM_UP = 1_000;

interface Times {
  readonly turns: number;
  readonly ours: number[];
  readonly floor: number[];
}

interface Sizes {
  readonly turns: number;
  readonly ours: number;
  readonly floor: number;
}

export const turnSqlite: Bench = {
  name: "turn-sqlite",
  title: "a turn on SQLite, durability normal",
  run: () =>
    inScratchFolder(async (folder) => {
      const times = await timeTurns(folder);
      const sizes = await sizesOfFiles(folder);
      return [...timeLines(times), ...sizeLines(sizes)];
    }),
};

/** Windows of ours, of the floor and of all lengths take turns, so that what else the machine does hits all of them. */
async function timeTurns(folder: string): Promise<readonly Times[]> {
  await withPair(folder, "warm-up", (pair) => pair.growTo(WARM_UP));
  const all = await Promise.all(
    LENGTHS.map(async (turns) => {
      const pair = await Pair.open(folder, `timed-${turns}`);
      const times: Times = { turns, ours: [], floor: [] };
      return { pair, times };
    }),
  );
  for (let i = 0; i < WINDOWS; i++)
    for (const { pair, times } of all) {
      // A short thread would be a long one after a few windows.
      if (times.turns < 5 * WINDOW) await pair.startThreads();
      await pair.growTo(times.turns);
      times.ours.push(await timedEach(WINDOW, () => pair.ours.addTurn()));
      times.floor.push(await timedEach(WINDOW, () => pair.floor.addTurn()));
    }
  for (const { pair } of all) await pair.close();
  return all.map(({ times }) => times);
}

/** Bytes after so many turns, of a database that had none but the tables before. */
async function sizesOfFiles(folder: string): Promise<readonly Sizes[]> {
  return withPair(folder, "sized", async (pair) => {
    const all: Sizes[] = [];
    for (const turns of [0, ...LENGTHS]) {
      await pair.growTo(turns);
      const [ours, floor] = [databaseBytes(pair.oursPath), databaseBytes(pair.floorPath)];
      all.push({ turns, ours, floor });
    }
    return all;
  });
}

/** A thread of ours and one of the floor, each in a database of its own. */
class Pair {
  readonly oursPath: string;
  readonly floorPath: string;
  readonly registry: EntityRegistry;
  readonly floor: SqliteFloor;
  ours: Conversation;

  private constructor(
    paths: { readonly oursPath: string; readonly floorPath: string },
    registry: EntityRegistry,
    ours: Conversation,
  ) {
    this.oursPath = paths.oursPath;
    this.floorPath = paths.floorPath;
    this.registry = registry;
    this.ours = ours;
    this.floor = new SqliteFloor(paths.floorPath);
  }

  static async open(folder: string, name: string): Promise<Pair> {
    const oursPath = join(folder, `${name}-ours.sqlite`);
    const floorPath = join(folder, `${name}-floor.sqlite`);
    const registry = await sqliteRegistry(oursPath);
    return new Pair({ oursPath, floorPath }, registry, await Conversation.start(registry));
  }

  /** Goes on with new threads in the same databases. */
  async startThreads(): Promise<void> {
    this.ours = await Conversation.start(this.registry);
    this.floor.startThread();
  }

  async growTo(turns: number): Promise<void> {
    await this.ours.growTo(turns);
    this.floor.growTo(turns);
  }

  async close(): Promise<void> {
    this.floor.close();
    await this.registry.close();
  }
}

async function withPair<T>(
  folder: string,
  name: string,
  work: (pair: Pair) => Promise<T>,
): Promise<T> {
  const pair = await Pair.open(folder, name);
  try {
    return await work(pair);
  } finally {
    await pair.close();
  }
}

function timeLines(times: readonly Times[]): Line[] {
  const lines = times.map(({ turns, ours, floor }): Line => ({
    what: `time a turn at ${turns} turns`,
    measured: medianTime(ours),
    against: { what: "floor", measured: medianTime(floor) },
    target: { bound: 5, aim: 2.5 },
  }));
  return [...lines, ...flatLine("time a turn", lines)];
}

function sizeLines(sizes: readonly Sizes[]): Line[] {
  const lines = sizes.slice(1).map((now, i): Line => {
    const before = sizes[i] ?? now;
    const perTurn = (part: "ours" | "floor") =>
      bytes((now[part] - before[part]) / (now.turns - before.turns));
    return {
      what: `bytes a turn from ${before.turns} to ${now.turns} turns`,
      measured: perTurn("ours"),
      against: { what: "floor", measured: perTurn("floor") },
      target: { bound: 2, aim: 1.5 },
    };
  });
  return [...lines, ...flatLine("bytes a turn", lines)];
}

/** The last against the first: whether it grows with the length. */
function flatLine(what: string, lines: readonly Line[]): Line[] {
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      what: `${what}, longest`,
      measured: last.measured,
      against: { what: "shortest", measured: first.measured },
      target: { bound: 1.5 },
    },
  ];
}
