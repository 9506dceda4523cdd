import { entity, ref } from "@mi/ecs";
import type { EcsId, LineageId } from "@mi/ecs";
import { z } from "zod";
import type { Place } from "./place.ts";

export class Entry extends entity("faults.Entry", { text: z.string() }) {}

/** What many processes write to. */
export class SharedThread extends entity("faults.SharedThread", {
  entries: z.array(ref(Entry)).default([]),
}) {}

export const policies = ["branch", "fail", "merge"] as const;
export type Policy = (typeof policies)[number];

/** One thread for each policy: its first version. */
export type Threads = Readonly<
  Record<Policy, { readonly ecsId: EcsId; readonly lineageId: LineageId }>
>;

/** What a process is told to do: add so many entries to each thread, each with a commit. */
export interface PolicyOrder {
  readonly place: Place;
  readonly writer: number;
  readonly entries: number;
  readonly threads: Threads;
}

/** How often somebody else was first, by policy. */
export type Conflicts = Readonly<Record<Policy, number>>;
