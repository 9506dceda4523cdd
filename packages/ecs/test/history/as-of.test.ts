import { describe, expect, test } from "@jest/globals";
import { asOf } from "../../src/history/as-of.ts";
import type { VersionInfo } from "../../src/storage/contract.ts";
import { ecsId, recordOf, storedVersions } from "./fixtures/records.ts";

/** Versions 1, 2, … in storage order: the minute of the clock, the parent, the merge parent. */
function stored(
  ...made: readonly (readonly [minute: number, parent?: number, mergedFrom?: number])[]
): VersionInfo[] {
  return storedVersions(
    made.map(([minute, parent, mergedFrom], index) =>
      recordOf({}, { id: index + 1, parent, mergedFrom, createdAt: at(minute).toISOString() }),
    ),
  ).map(({ record, ...info }) => ({ ...record, ...info }));
}

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));

const latest = (versions: readonly VersionInfo[], ...minutes: number[]): unknown[] =>
  minutes.map((minute) => asOf(versions, at(minute))?.ecsId);

describe("asOf", () => {
  test("the last version not later than the time; none before the first", () => {
    const versions = stored([10], [20, 1], [30, 2]);
    expect(latest(versions, 9, 10, 19, 20, 99)).toEqual([
      undefined,
      ecsId(1),
      ecsId(1),
      ecsId(2),
      ecsId(3),
    ]);
    expect(asOf([], at(0))).toBeUndefined();
  });

  test("to the millisecond", () => {
    const versions = stored([10], [20, 1]);
    expect(asOf(versions, new Date(at(20).getTime() - 1))?.ecsId).toBe(ecsId(1));
  });

  test("with branches the head that was stored last", () => {
    expect(latest(stored([10], [20, 1], [30, 1], [40, 2]), 25, 35, 45)).toEqual([
      ecsId(2),
      ecsId(3),
      ecsId(4),
    ]);
  });

  test("equal times: storage order decides", () => {
    expect(latest(stored([10], [10, 1], [10, 1]), 10)).toEqual([ecsId(3)]);
  });

  test("a version is never the answer when one made from it was there, whichever stands first", () => {
    expect(latest(stored([10, 2], [10, 3], [10]), 10)).toEqual([ecsId(1)]);
    expect(latest(stored([10], [20, 1, 3], [20, 1]), 20)).toEqual([ecsId(2)]);
  });

  test("a clock that went back: a version counts from its own time on", () => {
    const versions = stored([10], [30, 1], [20, 2]);
    expect(latest(versions, 15, 25, 35)).toEqual([ecsId(1), ecsId(3), ecsId(3)]);
  });

  test("by the times of commits, when they are given", () => {
    const versions = stored([40], [20, 1]);
    const committed = ["", at(10).toISOString(), at(20).toISOString()];
    const asked = (minute: number): unknown =>
      asOf(versions, at(minute), ({ sequence }) => committed[sequence] ?? "")?.ecsId;
    expect([9, 10, 19, 20].map(asked)).toEqual([undefined, ecsId(1), ecsId(1), ecsId(2)]);
  });

  test("a time that is none is refused", () => {
    expect(() => asOf(stored([10]), new Date(NaN))).toThrow(TypeError);
  });
});
