import type { Line } from "../measure/line.ts";
import { bytes, medianTime } from "../measure/quantity.ts";
import { timedEach } from "../measure/stopwatch.ts";

/** A thread of ours and one of the floor, each in a database of its own. */
export interface TurnPair {
  addTurn(): Promise<void>;
  addFloorTurn(): Promise<void> | void;
  /** Goes on with new threads in the same databases. */
  startThreads(): Promise<void>;
  growTo(turns: number): Promise<void>;
  /** Bytes that the databases have. */
  sizes(): Promise<{ readonly ours: number; readonly floor: number }>;
  close(): Promise<void>;
}

export interface TurnPlan {
  readonly lengths: readonly number[];
  readonly windows: number;
  /** Turns in a window. */
  readonly window: number;
  readonly warmUp: number;
  readonly open: (name: string) => Promise<TurnPair>;
}

interface Times {
  readonly turns: number;
  readonly ours: number[];
  readonly floor: number[];
}

/** Windows of ours, of the floor and of all lengths take turns, so that what else the machine does hits all of them. */
export async function timeTurns(
  { lengths, windows, window, warmUp, open }: TurnPlan,
  target: Line["target"],
): Promise<readonly Line[]> {
  await withPair(open, "warm-up", (pair) => pair.growTo(warmUp));
  const all: { readonly pair: TurnPair; readonly times: Times }[] = [];
  for (const turns of lengths)
    all.push({ pair: await open(`timed-${turns}`), times: { turns, ours: [], floor: [] } });
  for (let i = 0; i < windows; i++)
    for (const { pair, times } of all) {
      // A short thread would be a long one after a few windows.
      if (times.turns < 5 * window) await pair.startThreads();
      await pair.growTo(times.turns);
      times.ours.push(await timedEach(window, () => pair.addTurn()));
      times.floor.push(await timedEach(window, () => pair.addFloorTurn()));
    }
  for (const { pair } of all) await pair.close();
  const lines = all.map(({ times: { turns, ours, floor } }): Line => ({
    what: `time a turn at ${turns} turns`,
    measured: medianTime(ours),
    against: { what: "floor", measured: medianTime(floor) },
    target,
  }));
  return [...lines, ...flatLine("time a turn", lines)];
}

/** Bytes after so many turns, of a database that had none but the tables before. */
export async function sizeTurns({ lengths, open }: TurnPlan): Promise<readonly Line[]> {
  return withPair(open, "sized", async (pair) => {
    let before = { turns: 0, ...(await pair.sizes()) };
    const lines: Line[] = [];
    for (const turns of lengths) {
      await pair.growTo(turns);
      const now = { turns, ...(await pair.sizes()) };
      const perTurn = (part: "ours" | "floor") =>
        bytes((now[part] - before[part]) / (now.turns - before.turns));
      lines.push({
        what: `bytes a turn from ${before.turns} to ${now.turns} turns`,
        measured: perTurn("ours"),
        against: { what: "floor", measured: perTurn("floor") },
        target: { bound: 2, aim: 1.5 },
      });
      before = now;
    }
    return [...lines, ...flatLine("bytes a turn", lines)];
  });
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

async function withPair<T>(
  open: TurnPlan["open"],
  name: string,
  work: (pair: TurnPair) => Promise<T>,
): Promise<T> {
  const pair = await open(name);
  try {
    return await work(pair);
  } finally {
    await pair.close();
  }
}
