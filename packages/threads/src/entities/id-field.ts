import { z } from "zod";
import { parseEcsId, type EcsId } from "@mi/ecs";

/**
 * The id of a version as text: names it without holding it, so that it is no part of the tree. A text by its schema too,
 * which SQL shows as it is, to be joined by; of `z.custom()` it would show JSON.
 */
export const ecsIdText = z.string().refine(isEcsId, { error: "expected an ecsId" });

function isEcsId(value: string): value is EcsId {
  try {
    return parseEcsId(value) === value;
  } catch {
    return false;
  }
}
