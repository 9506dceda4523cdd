import type { CommitHeader, EcsId, EntityRecord } from "@mi/ecs";
import { checksumOf } from "../../checksum.ts";
import { numberArray, textArray } from "../array-literals.ts";

/** What the row of a commit has from its header, in the order in which both functions take it. */
export function headerTexts(header: CommitHeader): readonly (string | null)[] {
  const { id, createdAt, operation, actor, reason, correlationId, cause, metadata } = header;
  return [id, createdAt, operation, actor, reason, correlationId, cause, metadata];
}

/** What rows of versions have from their records alone: schema versions, times, counts, checksums and data. */
export function recordColumns(records: readonly EntityRecord[]): readonly string[] {
  return [
    numberArray(records.map(({ schemaVersion }) => schemaVersion)),
    textArray(records.map(({ createdAt }) => createdAt)),
    numberArray(records.map(({ refs }) => refs.length)),
    numberArray(records.map(({ lists }) => lists.length)),
    numberArray(
      records.map(({ data, refs, lists }) =>
        checksumOf(
          data,
          refs,
          lists.map((list) => list.length),
        ),
      ),
    ),
    textArray(records.map(({ data }) => data)),
  ];
}

/** Rows of references: the place of the record, from 1, the position, and what is named. */
export function referenceColumns(
  records: readonly EntityRecord[],
  numberOf: (id: EcsId) => number,
): readonly string[] {
  const holders: number[] = [];
  const positions: number[] = [];
  const targets: number[] = [];
  for (const [i, { refs }] of records.entries())
    for (const [position, id] of refs.entries()) {
      holders.push(i + 1);
      positions.push(position);
      targets.push(numberOf(id));
    }
  return [holders, positions, targets].map(numberArray);
}
