import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import type { EntityRecord } from "@mi/ecs";
import { describe, expect, test } from "@jest/globals";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";

interface Damaged {
  readonly database: Database.Database;
  readonly storage: SqliteStorage;
  readonly leaf: EntityRecord;
  readonly untouched: EntityRecord;
  readonly root: EntityRecord;
  readonly fork: EntityRecord;
}

/** A sound database with something of everything, damaged by SQL. */
async function damagedBy(damage: string): Promise<Damaged> {
  const make = new Fixtures(1);
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  const members = Array.from({ length: 12 }, () => make.version({ type: "Leaf" }));
  const leaf = make.version({ type: "Target", data: '{"text":"as it was written"}' });
  const untouched = make.version({ type: "Untouched" });
  const root = make.version({ type: "Root", refs: [leaf], lists: [members] });
  await storage.commit(
    make.commit({
      versions: [...members, leaf, untouched, root],
      refMoves: [{ name: "main", to: root.ecsId }],
    }),
  );
  const edits = [{ at: 6, remove: 1, insert: [leaf.ecsId] }];
  const { record: fork, bases } = make.edited(root, [edits]);
  await storage.commit(make.commit({ versions: [{ record: fork, bases }] }));
  expect(await storage.verify()).toEqual([]);
  database.pragma("foreign_keys = OFF");
  database.unsafeMode();
  database.exec(damage);
  return { database, storage, leaf, untouched, root, fork };
}

const REDIRECTED = "UPDATE mi_references SET target_key = 1";
const SHORTENED = "UPDATE mi_version_lists SET length = length - 1 WHERE segment_key = 1";

const keyOfType = (type: string) =>
  `(SELECT min(version_key) FROM mi_versions JOIN mi_types USING (type_key) WHERE name = '${type}')`;

describe("verify finds", () => {
  test.each([
    [
      "data that was changed",
      `UPDATE mi_versions SET data = '{"text":"as it was wrltten"}' WHERE version_key = ${keyOfType("Target")}`,
      "content",
      /data is not what was stored/,
    ],
    ["a reference to another version", REDIRECTED, "content", /references.*not what was stored/],
    ["a list that lost its end", SHORTENED, "content", /lists.*not what was stored/],
    ["a missing table", "DROP TABLE mi_segment_items", "file", /no such table: mi_segment_items/],
    [
      "a missing version",
      `DELETE FROM mi_versions WHERE version_key = ${keyOfType("Target")}`,
      "row",
      /mi_references\.target_key names \d+, which is not in mi_versions/,
    ],
    [
      "a version that lacks a reference",
      `DELETE FROM mi_references WHERE version_key = ${keyOfType("Root")}`,
      "content",
      /0 references up to position 0, not 1/,
    ],
    [
      "a version that lacks a list",
      `DELETE FROM mi_version_lists WHERE version_key = ${keyOfType("Root")}`,
      "content",
      /0 lists up to position 0, not 1/,
    ],
    [
      "a missing segment",
      "DELETE FROM mi_segments WHERE segment_key = 1",
      "row",
      /mi_version_lists\.segment_key names 1/,
    ],
    [
      "a gap in a segment",
      "DELETE FROM mi_segment_items WHERE segment_key = 1 AND position = 3",
      "list",
      /Segment 1 has no member at position 3/,
    ],
    [
      "a segment that lacks its end",
      "DELETE FROM mi_segment_items WHERE segment_key = 1 AND position = 11",
      "list",
      /List 0 of version .* has 11 of its 12 members/,
    ],
    [
      "two members at one position",
      "INSERT INTO mi_segment_items VALUES (2, 8, 1)",
      "list",
      /Segment 2 has two members at position/,
    ],
    [
      "a missing run",
      "DELETE FROM mi_segment_runs WHERE position = 0",
      "list",
      /Segment 2 has no member at position 0/,
    ],
    [
      "a run of items that aren't there",
      "UPDATE mi_segment_runs SET source_position = 9 WHERE position = 7",
      "list",
      /Segment 2 borrows 5 members of segment 1, which has 3 of them/,
    ],
    [
      "a list that is longer than its segment",
      "UPDATE mi_version_lists SET length = 13 WHERE segment_key = 1",
      "list",
      /has 12 of its 13 members/,
    ],
    [
      "a missing head",
      `DELETE FROM mi_heads WHERE version_key = ${keyOfType("Leaf")}`,
      "head",
      /has no successor and is not among the heads/,
    ],
    [
      "a head that has a successor",
      `INSERT INTO mi_heads SELECT lineage_key, version_key FROM mi_versions WHERE version_key = ${keyOfType("Root")}`,
      "head",
      /is among the heads and has a successor/,
    ],
    [
      "a dangling head",
      "INSERT INTO mi_heads VALUES (1, 999)",
      "head",
      /The head 999 is not stored/,
    ],
    [
      "a head in another lineage",
      "UPDATE mi_heads SET lineage_key = 1 WHERE version_key = 2",
      "head",
      /The head 2 is not stored in this lineage/,
    ],
    [
      "a dangling named ref",
      "UPDATE mi_named_refs SET version_key = 999",
      "row",
      /mi_named_refs\.version_key names 999/,
    ],
    [
      "a missing commit",
      "DELETE FROM mi_commits WHERE sequence = 2",
      "row",
      /mi_versions\.sequence names 2, which is not in mi_commits/,
    ],
    [
      "versions that a commit has lost",
      "UPDATE mi_commits SET version_count = 16 WHERE sequence = 1",
      "commit",
      /Commit .* has 15 of the 16 versions/,
    ],
    [
      "versions that no commit speaks of",
      "UPDATE mi_commits SET version_count = 14 WHERE sequence = 1",
      "commit",
      /Version .* is not among the versions of its commit/,
    ],
    [
      "an index that doesn't agree with its table",
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET sql = replace(sql, 'lineage_key)', 'type_key)') WHERE name = 'mi_versions_lineage';
       PRAGMA writable_schema = RESET`,
      "file",
      /mi_versions_lineage/,
    ],
  ])("%s", async (_what, damage, kind, message) => {
    const { storage } = await damagedBy(damage);
    const problems = await storage.verify();
    expect(problems).toContainEqual({
      kind,
      message: expect.stringMatching(message),
      details: expect.anything(),
    });
  });
});

describe("reading what is damaged is an error, and the rest stays readable", () => {
  test.each([
    ["data", `UPDATE mi_versions SET data = '{}' WHERE version_key = ${keyOfType("Root")}`],
    ["a reference", `DELETE FROM mi_references WHERE version_key = ${keyOfType("Root")}`],
    ["the version that a reference names", REDIRECTED],
    ["the length of a list", SHORTENED],
    ["a list", `DELETE FROM mi_version_lists WHERE version_key = ${keyOfType("Root")}`],
    ["the first member", "DELETE FROM mi_segment_items WHERE segment_key = 1 AND position = 0"],
    ["the last member", "DELETE FROM mi_segment_items WHERE segment_key = 1 AND position = 11"],
    ["its commit", "DELETE FROM mi_commits WHERE sequence = 1"],
    ["its type", "DELETE FROM mi_types WHERE name = 'Root'"],
  ])("%s", async (what, damage) => {
    const { storage, root, untouched } = await damagedBy(damage);
    const corrupt = { code: "MI_STORAGE_CORRUPT", message: expect.stringContaining("verify()") };
    await expect(storage.read([root.ecsId])).rejects.toMatchObject(corrupt);
    await expect(storage.readTree([root.ecsId])).rejects.toMatchObject(corrupt);
    const readable = what === "its commit" ? [] : [untouched.ecsId];
    const read = await storage.read(readable);
    expect(read.map((stored) => stored?.record.ecsId)).toEqual(readable);
  });

  test("a version whose reference names another one is named, and so it is by verify", async () => {
    const { storage, root } = await damagedBy(
      `${REDIRECTED} WHERE version_key = ${keyOfType("Root")}`,
    );
    const { ecsId } = root;
    await expect(storage.read([ecsId])).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
      message: expect.stringContaining(ecsId),
      details: { ecsId },
    });
    const problems = await storage.verify();
    expect(problems).toMatchObject([{ kind: "content", details: { ecsId } }]);
  });

  test("the version that it was forked from", async () => {
    const { storage, fork, untouched } = await damagedBy(
      `DELETE FROM mi_versions WHERE version_key = ${keyOfType("Root")}`,
    );
    await expect(storage.read([fork.ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
    expect(await storage.read([untouched.ecsId])).toHaveLength(1);
  });

  test("a version that a tree reaches", async () => {
    const { storage, root, fork } = await damagedBy(
      `DELETE FROM mi_versions WHERE version_key = ${keyOfType("Target")}`,
    );
    for (const { ecsId } of [root, fork])
      await expect(storage.readTree([ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
  });

  test("a run that a segment borrowed", async () => {
    const { storage, fork, root } = await damagedBy(
      "DELETE FROM mi_segment_runs WHERE position = 0",
    );
    await expect(storage.read([fork.ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
    const [stored] = await storage.read([root.ecsId]);
    expect(stored?.record.lists[0]?.length).toBe(12);
  });
});
