import { v4, v7, validate, version } from "uuid";
import { MiError } from "./mi-error.ts";

declare const brand: unique symbol;
declare const referent: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names one version of an entity. A canonical lower-case UUIDv7. */
export type EcsId = Branded<"EcsId">;
/** Names an entity through all of its versions. */
export type LineageId = Branded<"LineageId">;
/**
 * A `LineageId` of which the type checker knows what it names. Any `LineageId` is one; one that is known to name another
 * type is not.
 */
export type LineageIdOf<Instance> = LineageId & { readonly [referent]?: Instance };
/** Names one commit; chosen by the caller, so that a repeated commit is recognised. */
export type CommitId = Branded<"CommitId">;
/** Names one warm copy in this process; never stored. */
export type LiveId = Branded<"LiveId">;

/** Makes ids. Injected into a registry, so that tests can make them predictable. */
export interface IdSource {
  /** A fresh canonical UUIDv7, greater than every one this source made before. */
  next(): string;
}

/** Random UUIDs of version 7, ascending within this process. */
export const uuidV7Ids: IdSource = { next: () => v7() };

/**
 * The id in its canonical form.
 *
 * @throws InvalidIdError when it is no UUID, or one of another version than 7.
 */
export function parseEcsId(value: string): EcsId {
  return canonical(value, "EcsId") as EcsId;
}

/** As {@link parseEcsId}, for a lineage. */
export function parseLineageId(value: string): LineageId {
  return canonical(value, "LineageId") as LineageId;
}

/** As {@link parseEcsId}, for a commit. */
export function parseCommitId(value: string): CommitId {
  return canonical(value, "CommitId") as CommitId;
}

/** Never stored and never ordered: any unique text does. */
export function makeLiveId(): LiveId {
  return v4() as LiveId;
}

function canonical(value: string, kind: string): string {
  // Lower-cased at the door: PostgreSQL folds the case of a uuid, SQLite's text does not.
  const id = typeof value === "string" ? value.toLowerCase() : value;
  if (!validate(id) || version(id) !== 7) throw new InvalidIdError(kind, value);
  return id;
}

/** A text that is no id. Nothing was read or written. */
export class InvalidIdError extends MiError<"MI_ID_INVALID"> {
  constructor(kind: string, value: unknown) {
    super("MI_ID_INVALID", `${kind} must be a UUID of version 7, got ${JSON.stringify(value)}`, {
      details: { kind, value },
    });
  }
}
