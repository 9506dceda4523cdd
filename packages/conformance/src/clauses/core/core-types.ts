import { entity, EntityRegistry, ref } from "@mi/ecs";
import type { EntityRegistryOptions, EntityStorage, ReferableClass } from "@mi/ecs";
import { ManualClock, SequentialIds } from "@mi/ecs/testing";
import { z } from "zod";

/** The entities of the clauses that run the core over a storage. */

export class Note extends entity("mi.conformance.Note", {
  text: z.string(),
  tags: z.array(z.string()).default([]),
}) {}

export class Book extends entity("mi.conformance.Book", {
  title: z.string().default(""),
  pages: z.array(ref(Note)).default([]),
}) {}

/** Chains, diamonds and cycles. */
export class Link extends entity("mi.conformance.Link", {
  name: z.string(),
  next: ref<Link>((): unknown => Link)
    .nullable()
    .default(null),
  children: z.array(ref<Link>((): unknown => Link)).default([]),
}) {}

/** Plain data of every kind, in one field of any shape. */
export class Values extends entity("mi.conformance.Values", {
  data: z.record(z.string(), z.unknown()).default({}),
}) {}

/** A type in its second shape; in its first one `name` was one field. */
export class Person extends entity(
  "mi.conformance.Person",
  { first: z.string(), last: z.string(), nick: z.string().default("none") },
  {
    version: 2,
    upcast(fields) {
      const [first = "", last = ""] = String(fields["name"]).split(" ");
      return { first, last };
    },
  },
) {}

export interface CoreOptions extends Partial<
  Pick<EntityRegistryOptions, "onConflict" | "clock" | "context">
> {
  /** Tells the ids of two registries of one clause apart. */
  readonly stream?: number | undefined;
  readonly types?: readonly ReferableClass[] | undefined;
}

/** A registry over the storage that is tested, with ids and a clock that are the same in every run. */
export function registryOver(storage: EntityStorage, options: CoreOptions = {}): EntityRegistry {
  const { stream = 0, types = [Note, Book, Link, Values, Person], ...rest } = options;
  return new EntityRegistry({
    storage,
    types,
    clock: new ManualClock(),
    ids: new SequentialIds(stream),
    ...rest,
  });
}

export function bookOf(count: number): Book {
  return new Book({
    pages: Array.from({ length: count }, (_, i) => new Note({ text: String(i) })),
  });
}
