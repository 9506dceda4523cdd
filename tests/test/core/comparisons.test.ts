import { describe, expect, jest, test } from "@jest/globals";
import { entity, ref, RefList } from "@mi/ecs";
import { z } from "zod";
import { at, fixture } from "./fixtures/library.ts";

class Dated extends entity("test.Dated", {
  when: z.date(),
  parts: z.array(z.object({ day: z.date() })).default([]),
}) {}
class Diary extends entity("test.Diary", { entries: z.array(ref(Dated)).default([]) }) {}

/** How many dates were written as text while work ran: a comparison of a field writes its dates. */
async function datesWritten(work: () => unknown): Promise<number> {
  const write = jest.spyOn(Date.prototype, "toISOString");
  try {
    await work();
    return write.mock.calls.length;
  } finally {
    write.mockRestore();
  }
}

/** How many members of the stored list were looked at. */
async function membersRead(list: RefList, work: () => unknown): Promise<number> {
  const read = jest.spyOn(Object.getPrototypeOf(list), "at");
  try {
    await work();
    return read.mock.calls.length;
  } finally {
    read.mockRestore();
  }
}

async function diaryOf(count: number): Promise<Diary> {
  const { registry } = fixture();
  const entries = Array.from(
    { length: count },
    (_, i) => new Dated({ when: new Date(i), parts: [{ day: new Date(i) }] }),
  );
  const { ecsId } = await registry.register(new Diary({ entries }));
  const diary = await registry.getOrThrow(Diary, ecsId);
  // Everything is read, and all that can be changed is handed out.
  for (const entry of diary.entries)
    entry.parts.map((part) => part.day.getTime() + entry.when.getTime());
  return diary;
}

describe("Comparisons follow what was changed, not what there is", () => {
  test.each([100, 10_000])(
    "of %i entries, all read, one changed: its values alone are compared",
    async (count) => {
      const diary = await diaryOf(count);
      expect(await datesWritten(() => diary.hasModifications())).toBe(0);
      at(diary.entries, 70).when = new Date(-1);
      // The entry's two dates to find it, the same to write it, and the time of the commit.
      expect(await datesWritten(() => diary.hasModifications())).toBe(2);
      expect(await datesWritten(() => diary.fork())).toBe(5);
      expect(await datesWritten(() => diary.fork())).toBe(1);
    },
  );

  test.each([100, 10_000])(
    "of %i entries, an append and a change look at a handful of members",
    async (count) => {
      const diary = await diaryOf(count);
      const list = RefList.from([]);
      diary.entries.push(new Dated({ when: new Date(0) }));
      // The storage samples a few, to see that the hint fits.
      expect(await membersRead(list, () => diary.fork())).toBeLessThan(10);
      at(diary.entries, 50).parts.pop();
      expect(await membersRead(list, () => diary.fork())).toBeLessThan(20);
    },
  );
});
