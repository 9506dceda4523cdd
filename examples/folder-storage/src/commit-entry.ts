import { parseCommitId, parseEcsId, parseLineageId } from "@mi/ecs";
import type { CommitHeader, EcsId, EntityRecord, ListBase, RefMove } from "@mi/ecs";
import { z } from "zod";

/** A list as a file has it: its members, or what to do to a list of an earlier version. */
export type ListForm = readonly EcsId[] | ListBase;

/** A version as a file has it. */
export type RecordForm = Omit<EntityRecord, "lists"> & { readonly lists: readonly ListForm[] };

/** What one file holds: a commit, reduced to what it has changed. */
export interface CommitEntry {
  readonly header: CommitHeader;
  /** The versions that were not stored before, in the order of the commit. */
  readonly records: readonly RecordForm[];
  readonly refMoves: readonly RefMove[];
}

const ecsId = z.string().transform(parseEcsId);

const edit = z.object({ at: z.number(), remove: z.number(), insert: z.array(ecsId) });
const listBase = z.object({ of: ecsId, list: z.number(), edits: z.array(edit) });

const record = z.object({
  ecsId,
  lineageId: z.string().transform(parseLineageId),
  parentId: ecsId.nullable(),
  mergedFromId: ecsId.nullable(),
  type: z.string(),
  schemaVersion: z.number(),
  createdAt: z.string(),
  data: z.string(),
  refs: z.array(ecsId).readonly(),
  lists: z.array(z.union([z.array(ecsId), listBase])),
});

const header = z.object({
  id: z.string().transform(parseCommitId),
  createdAt: z.string(),
  operation: z.string().nullable(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  correlationId: z.string().nullable(),
  cause: ecsId.nullable(),
  metadata: z.string(),
});

const refMove = z.object({ name: z.string(), to: ecsId.nullable() });

const entry = z.object({ header, records: z.array(record), refMoves: z.array(refMove) });

/** Lone surrogates and NULs stand as escapes in JSON, so that UTF-8 keeps them. */
export function encodeEntry(given: CommitEntry): string {
  return JSON.stringify(given);
}

/** @throws an error of JSON or zod when the text is no entry */
export function decodeEntry(text: string): CommitEntry {
  return entry.parse(JSON.parse(text));
}
