import { CorruptionError } from "../errors.ts";
import type { EcsId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import { decodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";

/** A sub-entity where content is shown: the version that is referred to. A class, so that no plain data looks like it. */
export class VersionReference {
  readonly ref: EcsId;

  constructor(ref: EcsId) {
    this.ref = ref;
    Object.freeze(this);
  }
}

/**
 * The fields of a record: plain data, with a {@link VersionReference} for each reference and a `RefList` for each list
 * of sub-entities.
 *
 * @throws CorruptionError when the record contradicts itself
 */
export function recordFields(record: EntityRecord): Record<string, unknown> {
  const fields = decodeValue(record.data, {
    reference: (index) => new VersionReference(record.refs[index] ?? outside(record)),
    list: (index) => RefList.from(record.lists[index] ?? outside(record)),
  });
  if (!isPlainObject(fields))
    throw new CorruptionError(`the text of version ${record.ecsId} is no object`);
  return fields;
}

/** Of what stands in a record's fields. */
export function isRefList(value: unknown): value is RefList {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !isPlainObject(value) &&
    Symbol.iterator in value
  );
}

function outside(record: EntityRecord): never {
  throw new CorruptionError(`the text of version ${record.ecsId} refers outside its references`);
}
