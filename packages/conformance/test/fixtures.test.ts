import { Fixtures } from "@mi/conformance";
import { parseCommitId, parseEcsId, parseLineageId } from "@mi/ecs";
import { expect, test } from "@jest/globals";

test("ids are canonical, of version 7, ascending and never the same", () => {
  const make = new Fixtures(1);
  const ids = Array.from({ length: 2000 }, () => make.ecsId());
  expect(ids.map(parseEcsId)).toEqual(ids);
  expect(new Set(ids).size).toBe(2000);
  expect(ids.toSorted()).toEqual(ids);
  expect(parseLineageId(make.lineageId())).toHaveLength(36);
  expect(parseCommitId(make.commitId())).toHaveLength(36);
});

test("the same seed makes the same records and commits", () => {
  const history = (seed: number) => {
    const make = new Fixtures(seed);
    const base = make.version({ lists: [[make.ecsId()]] });
    return JSON.stringify(make.commit({ versions: [base, make.version({ parent: base })] }));
  };
  expect(history(1)).toBe(history(1));
  expect(history(1)).not.toBe(history(2));
});

test("a record is frozen, and its data names each of its references and lists", () => {
  const make = new Fixtures(1);
  const other = make.version();
  const record = make.version({ refs: [other, other], lists: [[other], []] });
  expect([record, record.refs, record.lists].every(Object.isFrozen)).toBe(true);
  expect(JSON.parse(record.data)).toMatchObject({
    refs: [{ $ref: 0 }, { $ref: 1 }],
    lists: [{ $list: 0 }, { $list: 1 }],
  });
});

test("an edited version is a fork whose hints say how its lists came about", () => {
  const make = new Fixtures(1);
  const [a, b, c] = [make.version(), make.version(), make.version()];
  const base = make.version({ type: "Thread", refs: [a], lists: [[a, b], [b]] });
  const edits = [[{ at: 1, remove: 1, insert: [c.ecsId] }]];
  const { record, bases } = make.edited(base, edits);
  expect(record).toMatchObject({
    lineageId: base.lineageId,
    parentId: base.ecsId,
    type: "Thread",
    refs: [a.ecsId],
  });
  expect(record.lists.map((list) => [...list])).toEqual([[a.ecsId, c.ecsId], [b.ecsId]]);
  expect(bases).toEqual([
    { of: base.ecsId, list: 0, edits: edits[0] },
    { of: base.ecsId, list: 1, edits: [] },
  ]);
});
