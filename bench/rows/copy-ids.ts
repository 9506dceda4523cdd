import { join } from "node:path";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { WholeListFloor } from "../floor/whole-list-floor.ts";
import { databaseBytes } from "../measure/file-size.ts";
import type { Bench, Line } from "../measure/line.ts";
import { bytes, medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timed } from "../measure/stopwatch.ts";

const LENGTHS = [100, 1_000, 5_000];
const TURNS = 40;

export const copyIds: Bench = {
  name: "copy-ids",
  title: "for scale: what a turn costs that stores the ids of all messages, SQLite",
  run: () =>
    inScratchFolder(async (folder) => {
      const floorPath = join(folder, "floor.sqlite");
      const floor = new SqliteFloor(floorPath);
      const lines: Line[] = [];
      for (const turns of LENGTHS) {
        floor.growTo(turns);
        lines.push(...(await compare(folder, turns, floor, floorPath)));
      }
      floor.close();
      return lines;
    }),
};

async function compare(
  folder: string,
  turns: number,
  floor: SqliteFloor,
  floorPath: string,
): Promise<readonly Line[]> {
  const path = join(folder, `whole-${turns}.sqlite`);
  const whole = new WholeListFloor(path);
  whole.prepare(turns);
  const wholeBefore = databaseBytes(path);
  const floorBefore = databaseBytes(floorPath);
  const wholeTimes: number[] = [];
  const floorTimes: number[] = [];
  for (let i = 0; i < TURNS; i++) {
    wholeTimes.push(await timed(() => whole.addTurn()));
    floorTimes.push(await timed(() => floor.addTurn()));
  }
  const perTurn = (file: string, before: number) => bytes((databaseBytes(file) - before) / TURNS);
  const lines: Line[] = [
    {
      what: `time a turn at ${turns} turns`,
      measured: medianTime(wholeTimes),
      against: { what: "floor", measured: medianTime(floorTimes) },
    },
    {
      what: `bytes a turn at ${turns} turns`,
      measured: perTurn(path, wholeBefore),
      against: { what: "floor", measured: perTurn(floorPath, floorBefore) },
    },
  ];
  whole.close();
  return lines;
}
