import { CorruptionError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import { decodeValue, encodeValue } from "../values/codec.ts";
import { isPlainObject, setOwn } from "../values/plain-object.ts";

/** A sub-entity in a merge: whichever version of it the merged tree will hold. */
export class EntityToken {
  readonly lineageId: LineageId;

  constructor(lineageId: LineageId) {
    this.lineageId = lineageId;
  }
}

/** A list of sub-entities in a merge. */
export class ListToken {
  readonly members: readonly LineageId[];

  constructor(members: readonly LineageId[]) {
    this.members = members;
  }
}

/**
 * In the base of a merge: what several nearest common ancestors disagree about. It equals nothing, so that whoever has a
 * value there counts as having put it there.
 */
export class Contested {
  /** What stood there before they disagreed. */
  readonly before: unknown;

  constructor(before: unknown) {
    this.before = before instanceof Contested ? before.before : before;
  }
}

/** A value of a base without anything contested in it: what stood there before. */
export function uncontested(value: unknown): unknown {
  if (value instanceof Contested) return uncontested(value.before);
  if (Array.isArray(value)) return value.map(uncontested);
  if (!isPlainObject(value)) return value;
  const out: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const settled = uncontested(part);
    if (settled !== undefined) setOwn(out, key, settled);
  }
  return out;
}

/** The fields of a record with lineages in the places of versions. */
export function tokensOf(
  record: Pick<EntityRecord, "ecsId" | "data" | "refs" | "lists">,
  lineageOf: (id: EcsId) => LineageId,
): Record<string, unknown> {
  const fields = decodeValue(record.data, {
    reference: (index) => {
      const id = record.refs[index];
      return id === undefined ? undefined : new EntityToken(lineageOf(id));
    },
    list: (index) => new ListToken([...(record.lists[index] ?? RefList.empty)].map(lineageOf)),
  });
  if (!isPlainObject(fields))
    throw new CorruptionError(`the text of version ${record.ecsId} is no object`);
  return fields;
}

/** The record that fields with tokens stand for. */
export function recordOf(
  fields: Record<string, unknown>,
  like: EntityRecord,
  versionOf: (lineageId: LineageId) => EcsId,
): EntityRecord {
  const refs: EcsId[] = [];
  const lists: RefList[] = [];
  const data = encodeValue(fields, {
    reference: (value) =>
      value instanceof EntityToken ? refs.push(versionOf(value.lineageId)) - 1 : undefined,
    list: (value) =>
      value instanceof ListToken
        ? lists.push(RefList.from(value.members.map(versionOf))) - 1
        : undefined,
  });
  return { ...like, data, refs, lists };
}

/** Equal for equal values, tokens included. */
export function tokenText(value: unknown): string {
  if (value === undefined) return "";
  const named: string[] = [];
  const text = encodeValue(value, {
    reference: (part) => {
      if (part instanceof EntityToken) return named.push(part.lineageId) - 1;
      return part instanceof Contested ? named.push("contested") - 1 : undefined;
    },
    list: (part) => (part instanceof ListToken ? named.push(part.members.join()) - 1 : undefined),
  });
  return named.length === 0 ? text : `${text} ${named.join(" ")}`;
}
