import type { Ancestry } from "../history/ancestry.ts";
import type { EcsId } from "../ids.ts";
import type { EntityType } from "../entity/entity-type.ts";
import { setOwn } from "../values/plain-object.ts";
import { mergeValues, type Decide } from "./merge-values.ts";
import { Contested } from "./tokens.ts";

type Fields = Record<string, unknown>;

/**
 * What two versions are compared with: the fields of their nearest common ancestor. Histories that merged into each other
 * have several; then these are merged first, over their own ancestors, as git does it. What they disagree about is
 * {@link Contested}.
 */
export class MergeBases {
  readonly #ancestry: Ancestry;
  readonly #type: EntityType | undefined;
  readonly #read: (id: EcsId) => Promise<Fields>;
  readonly #known = new Map<string, Promise<Fields>>();

  /** @param read the fields of a version, with tokens */
  constructor(
    ancestry: Ancestry,
    type: EntityType | undefined,
    read: (id: EcsId) => Promise<Fields>,
  ) {
    this.#ancestry = ancestry;
    this.#type = type;
    this.#read = read;
  }

  /** The fields that stand for several versions together; none for no versions. */
  joined(ids: readonly EcsId[]): Promise<Fields> {
    const key = ids.join();
    const known = this.#known.get(key) ?? this.#join(ids);
    this.#known.set(key, known);
    return known;
  }

  async #join(ids: readonly EcsId[]): Promise<Fields> {
    const [first, ...others] = ids;
    if (first === undefined) return {};
    // Read before anything recurs: an await on the way down keeps the stack flat, however often histories crossed.
    let fields = await this.#read(first);
    const done = [first];
    for (const id of others) {
      const theirs = await this.#read(id);
      const base = await this.joined(this.#ancestry.nearestCommon(done, id));
      fields = mergeFields(
        base,
        fields,
        theirs,
        this.#type,
        ({ base: before }) => new Contested(before),
      );
      done.push(id);
    }
    return fields;
  }
}

/** As {@link mergeValues}, of the fields of an entity. */
export function mergeFields(
  base: Fields,
  ours: Fields,
  theirs: Fields,
  type: EntityType | undefined,
  decide: Decide,
): Fields {
  const merged: Fields = {};
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const schema = type?.fields.get(name)?.schema;
    const value = mergeValues(
      Object.hasOwn(base, name) ? base[name] : undefined,
      Object.hasOwn(ours, name) ? ours[name] : undefined,
      Object.hasOwn(theirs, name) ? theirs[name] : undefined,
      [name],
      schema,
      decide,
    );
    if (value !== undefined) setOwn(merged, name, value);
  }
  return merged;
}
