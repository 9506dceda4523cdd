import { join } from "node:path";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { databaseBytes } from "../measure/file-size.ts";
import type { Bench, Line } from "../measure/line.ts";
import { bytes, medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timedEach } from "../measure/stopwatch.ts";
import { Conversation } from "../subject/conversation.ts";
import { sqliteRegistry } from "../subject/storages.ts";

const LENGTHS = [100, 1_000, 10_000];
const WINDOWS = 25;
const WINDOW = 20;
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

/** Ours and the floor's windows take turns, so that what else the machine does hits both. */
async function timeTurns(folder: string): Promise<readonly Times[]> {
  await withPair(folder, "warm-up", async (ours, floor) => {
    await ours.growTo(WARM_UP);
    floor.growTo(WARM_UP);
  });
  return withPair(folder, "timed", async (ours, floor) => {
    const all: Times[] = [];
    for (const turns of LENGTHS) {
      await ours.growTo(turns);
      floor.growTo(turns);
      const times: Times = { turns, ours: [], floor: [] };
      for (let i = 0; i < WINDOWS; i++) {
        times.ours.push(await timedEach(WINDOW, () => ours.addTurn()));
        times.floor.push(await timedEach(WINDOW, () => floor.addTurn()));
      }
      all.push(times);
    }
    return all;
  });
}

/** Bytes after so many turns, of a database that had none but the tables before. */
async function sizesOfFiles(folder: string): Promise<readonly Sizes[]> {
  return withPair(folder, "sized", async (ours, floor, oursPath, floorPath) => {
    const all: Sizes[] = [];
    for (const turns of [0, ...LENGTHS]) {
      await ours.growTo(turns);
      floor.growTo(turns);
      all.push({ turns, ours: databaseBytes(oursPath), floor: databaseBytes(floorPath) });
    }
    return all;
  });
}

async function withPair<T>(
  folder: string,
  name: string,
  work: (ours: Conversation, floor: SqliteFloor, oursPath: string, floorPath: string) => Promise<T>,
): Promise<T> {
  const oursPath = join(folder, `${name}-ours.sqlite`);
  const floorPath = join(folder, `${name}-floor.sqlite`);
  const registry = await sqliteRegistry(oursPath);
  const floor = new SqliteFloor(floorPath);
  try {
    return await work(await Conversation.start(registry), floor, oursPath, floorPath);
  } finally {
    floor.close();
    await registry.close();
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
