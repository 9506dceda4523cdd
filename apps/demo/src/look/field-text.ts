import { Entity, type EcsId } from "@mi/ecs";
import { shortId } from "../cli/short-id.ts";

/** A value of a field as JSON, in which every sub-entity is named by its version. */
export function fieldText(value: unknown): string {
  return (
    JSON.stringify(value, function (this: unknown, key: string, plain: unknown) {
      // The value before any toJSON was called on it.
      const raw = key === "" ? value : property(this, key);
      if (raw instanceof Entity) return versionName(raw.ecsId);
      return isReference(plain) ? versionName(plain.ref) : plain;
    }) ?? "nothing"
  );
}

export function versionName(id: EcsId): string {
  return `version ${shortId(id)}`;
}

function property(holder: unknown, key: string): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined;
}

/** A sub-entity as a diff shows it. */
function isReference(value: unknown): value is { readonly ref: EcsId } {
  if (typeof value !== "object" || value === null || !("ref" in value)) return false;
  return typeof value.ref === "string" && Object.keys(value).length === 1;
}
