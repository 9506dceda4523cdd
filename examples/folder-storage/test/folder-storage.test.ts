import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { Fixtures } from "@mi/conformance";
import type { EntityRecord } from "@mi/ecs";
import { FolderStorage } from "../src/folder-storage.ts";

const scratch = mkdtempSync(join(tmpdir(), "mi-folder-"));
afterAll(() => rmSync(scratch, { recursive: true }));

let made = 0;
const newPath = (): string => join(scratch, String(++made));

test("each commit is one file, in the order in which they came", async () => {
  const make = new Fixtures(1);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  for (let i = 0; i < 3; i++) await storage.commit(make.commit({ versions: [make.version()] }));
  await storage.close();
  expect(readdirSync(join(path, "1")).toSorted()).toEqual(["1.json", "2.json", "3.json"]);
  expect(readdirSync(join(path, "tmp"))).toEqual([]);
});

test("a message more in a long list makes a file of the same size as in a short one", async () => {
  const make = new Fixtures(5);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  const messages = Array.from({ length: 300 }, () => make.version({ type: "Message" }));
  let thread: EntityRecord = make.version({ lists: [[]] });
  await storage.commit(make.commit({ versions: [...messages, thread] }));
  for (const [at, { ecsId }] of messages.entries()) {
    const next = make.edited(thread, [[{ at, remove: 0, insert: [ecsId] }]]);
    await storage.commit(make.commit({ versions: [next] }));
    thread = next.record;
  }
  await storage.close();
  const sizeOf = (number: number): number => statSync(join(path, "1", `${number}.json`)).size;
  expect(Math.abs(sizeOf(301) - sizeOf(10))).toBeLessThan(50);
  const again = await FolderStorage.open(path);
  const [stored] = await again.read([thread.ecsId]);
  expect([...(stored?.record.lists[0] ?? [])]).toEqual(messages.map(({ ecsId }) => ecsId));
  await again.close();
});

test("after a clear nothing of what was there is on the disk", async () => {
  const make = new Fixtures(2);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  await storage.commit(make.commit({ versions: [make.version({ data: '"secret"' })] }));
  await storage.clear();
  await storage.close();
  const left = readdirSync(path, { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => name.endsWith(".json"))).toEqual([]);
});

test("what a killed process left half written is never read", async () => {
  const make = new Fixtures(3);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  writeFileSync(join(path, "tmp", "left-over"), '{"header":');
  await storage.commit(make.commit({ versions: [make.version()] }));
  expect(await storage.stats()).toMatchObject({ commits: 1 });
  await storage.close();
});

test("a commit that was decided before a clear never lands after it", async () => {
  const make = new Fixtures(6);
  const path = newPath();
  let clearing: Promise<void> | undefined;
  const other = await FolderStorage.open(path);
  const storage = await FolderStorage.open(path, {
    beforeStep: async (step) => {
      if (step === "commit") await (clearing ??= other.clear());
    },
  });
  const parent = make.version();
  await other.commit(make.commit({ versions: [parent] }));
  const child = make.version({ parent });
  await expect(
    storage.commit(make.commit({ versions: [child], mustBeHeads: [parent] })),
  ).rejects.toMatchObject({ code: "MI_STORAGE_MISSING_VERSION", missing: [parent.ecsId] });
  expect(await storage.stats()).toEqual({ versions: 0, lineages: 0, commits: 0 });
  await storage.close();
  await other.close();
});

test("a file that holds no commit is damage, and named, each time", async () => {
  const path = newPath();
  const storage = await FolderStorage.open(path);
  writeFileSync(join(path, "1", "1.json"), '{"header":{}}');
  for (let i = 0; i < 2; i++)
    await expect(storage.stats()).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
      message: expect.stringContaining("1.json"),
    });
  await storage.close();
});

test("errors of the disk have the codes of a storage, with their cause", async () => {
  const file = newPath();
  writeFileSync(file, "");
  await expect(FolderStorage.open(file)).rejects.toMatchObject({
    code: "MI_STORAGE_OPEN",
    cause: { code: expect.stringMatching(/ENOTDIR|EEXIST/) },
  });
  const path = newPath();
  const storage = await FolderStorage.open(path);
  rmSync(path, { recursive: true });
  expect(existsSync(path)).toBe(false);
  const make = new Fixtures(4);
  await expect(storage.commit(make.commit())).rejects.toMatchObject({ code: "MI_STORAGE_OPEN" });
  await storage.close();
});

test("a commit that is missing before others, or stands there twice, is named", async () => {
  const make = new Fixtures(6);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  for (let i = 0; i < 3; i++) await storage.commit(make.commit({ versions: [make.version()] }));
  await storage.close();
  copyFileSync(join(path, "1", "1.json"), join(path, "1", "4.json"));
  const doubled = await FolderStorage.open(path);
  await expect(doubled.stats()).rejects.toMatchObject({
    code: "MI_STORAGE_CORRUPT",
    message: expect.stringContaining("4.json"),
  });
  rmSync(join(path, "1", "4.json"));
  expect((await doubled.stats()).versions).toBe(3);
  rmSync(join(path, "1", "2.json"));
  const gap = await FolderStorage.open(path);
  await expect(gap.commit(make.commit({ versions: [make.version()] }))).rejects.toMatchObject({
    code: "MI_STORAGE_CORRUPT",
    message: expect.stringContaining("2.json is missing"),
  });
});

test("a folder that is deleted while it is open is an error, not a wait", async () => {
  const make = new Fixtures(7);
  const path = newPath();
  const storage = await FolderStorage.open(path);
  rmSync(path, { recursive: true });
  await expect(storage.commit(make.commit({ versions: [make.version()] }))).rejects.toMatchObject({
    code: "MI_STORAGE_OPEN",
  });
});
