import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MiError } from "@mi/ecs";
import type { ConformanceTarget } from "../target.ts";
import { UsageError } from "./usage-error.ts";

/**
 * The target that a module exports by default or as `target`.
 *
 * @throws UsageError when the module can't be loaded or has no target
 */
export async function loadTarget(path: string): Promise<ConformanceTarget> {
  const loaded = await load(path);
  const target = [loaded["default"], loaded["target"]].find(isTarget);
  if (target === undefined)
    throw new UsageError(
      `${path} exports no target; its default export must be an object with name and create()`,
    );
  return target;
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const reason = MiError.is(error) || isError(error) ? error.message : String(error);
    throw new UsageError(`${path} can't be loaded: ${reason}`, error);
  }
}

function isError(value: unknown): value is { readonly message: string } {
  return typeof value === "object" && value !== null && "message" in value;
}

function isTarget(value: unknown): value is ConformanceTarget {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "create" in value &&
    typeof value.create === "function"
  );
}
