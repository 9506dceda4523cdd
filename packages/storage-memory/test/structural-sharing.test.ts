import { Fixtures } from "@mi/conformance";
import type { EcsId, EntityRecord, RefList, VersionWrite } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { expect, test } from "@jest/globals";

const versions = 2000;
/** Ids in a full piece of a list. */
const piece = 32;

test("2,000 versions of a growing list keep about as many ids as they have members, not the square", async () => {
  const { storage, ids } = await grown((write) => write);
  const { kept, whole } = await idsKept(storage, ids);
  // Each version has a last piece of its own; all other pieces are the ones of the version before.
  expect(kept).toBeLessThan(versions * piece);
  expect(whole).toBe((versions * (versions + 1)) / 2);
});

test("lists of another class share memory too, by the hints that they come with", async () => {
  const { storage, ids } = await grown(({ record, bases }) => ({
    record: { ...record, lists: record.lists.map(copyOf) },
    bases,
  }));
  const { kept } = await idsKept(storage, ids);
  expect(kept).toBeLessThan(versions * piece);
});

test("a version costs the same whether its list is long or short", async () => {
  const { storage, ids } = await grown((write) => write);
  const early = await idsKept(storage, ids.slice(0, 200));
  const late = await idsKept(storage, ids.slice(-200), ids.at(-201));
  expect(late.kept).toBeLessThan(early.kept * 1.5);
});

async function grown(
  prepare: (write: VersionWrite) => VersionWrite,
): Promise<{ readonly storage: MemoryStorage; readonly ids: readonly EcsId[] }> {
  const make = new Fixtures(1);
  const storage = new MemoryStorage();
  let record: EntityRecord = make.version({ lists: [[]] });
  await storage.commit(make.commit({ versions: [record] }));
  const ids: EcsId[] = [];
  for (let at = 0; at < versions; at++) {
    const member = make.version();
    const write = make.edited(record, [[{ at, remove: 0, insert: [member.ecsId] }]]);
    await storage.commit(make.commit({ versions: [member, prepare(write)] }));
    record = write.record;
    ids.push(record.ecsId);
  }
  return { storage, ids };
}

/** The ids in all different pieces of the lists of these versions, and in the lists written out. */
async function idsKept(
  storage: MemoryStorage,
  ids: readonly EcsId[],
  but?: EcsId,
): Promise<{ readonly kept: number; readonly whole: number }> {
  const [ignored] = await storage.read(but === undefined ? [] : [but]);
  const known = new Set(ignored === undefined ? [] : ignored.record.lists.flatMap(piecesOf));
  const pieces = new Set<readonly EcsId[]>();
  let whole = 0;
  for (const version of await storage.read(ids))
    for (const list of version?.record.lists ?? []) {
      whole += list.length;
      for (const found of piecesOf(list)) if (!known.has(found)) pieces.add(found);
    }
  return { kept: [...pieces].reduce((sum, { length }) => sum + length, 0), whole };
}

/** The arrays that a list of `@mi/ecs` consists of: shared memory is told by their identity. */
function piecesOf(list: RefList): readonly (readonly EcsId[])[] {
  if (!("leaves" in list) || typeof list.leaves !== "function")
    throw new Error("The store keeps a list that cannot share its memory");
  return [...list.leaves()];
}

function copyOf(list: RefList): RefList {
  const members = [...list];
  return {
    length: members.length,
    at: (index) => members.at(index),
    slice: (from, to) => members.slice(from, to),
    [Symbol.iterator]: () => members[Symbol.iterator](),
  };
}
