import { z } from "zod";
import { parseEcsId, type EcsId } from "@mi/ecs";

/** The id of a version as text: names it without holding it, so that it is no part of the tree. */
export const ecsIdText = z.custom<EcsId>(isEcsId, { error: "expected an ecsId" });

function isEcsId(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return parseEcsId(value) === value;
  } catch {
    return false;
  }
}
