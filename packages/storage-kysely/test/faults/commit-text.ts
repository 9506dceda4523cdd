import { RefList } from "@mi/ecs";
import type { Commit, EcsId, EntityRecord, VersionWrite } from "@mi/ecs";

type PlainRecord = Omit<EntityRecord, "lists"> & { readonly lists: readonly (readonly EcsId[])[] };
type PlainCommit = Omit<Commit, "versions"> & {
  readonly versions: readonly { record: PlainRecord; bases: VersionWrite["bases"] }[];
};

/** A commit as one line, so that another process can send it again. */
export function commitToText(commit: Commit): string {
  const plain: PlainCommit = {
    ...commit,
    versions: commit.versions.map(({ record, bases }) => ({ record: plainOf(record), bases })),
  };
  return JSON.stringify(plain);
}

export function commitFromText(text: string): Commit {
  const plain = JSON.parse(text) as PlainCommit;
  return {
    ...plain,
    versions: plain.versions.map(({ record, bases }) => ({
      record: { ...record, lists: record.lists.map((list) => RefList.from(list)) },
      bases,
    })),
  };
}

/** All that a record says, in one order of its keys. */
export function recordText(record: EntityRecord): string {
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt } = record;
  const identity = [ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt];
  return JSON.stringify([...identity, record.data, [...record.refs], plainOf(record).lists]);
}

function plainOf(record: EntityRecord): PlainRecord {
  return { ...record, lists: record.lists.map((list) => [...list]) };
}
