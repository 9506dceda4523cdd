import type { ListEdit } from "../storage/list-edit.ts";
import { jsonKey, jsonValue, type JsonValue } from "./json-form.ts";
import type { FieldChange } from "./record-diff.ts";

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string };

type Path = FieldChange["path"];

/**
 * All changes of a diff as a JSON Patch (RFC 6902): applied to `jsonForm` of the old version it gives `jsonForm` of the
 * new one. As in JSON, the place of an added key among the others is not told.
 *
 * @example
 * toJsonPatch(await registry.diff(before, after)); // [{ op: "replace", path: "/title", value: "New" }]
 */
export function toJsonPatch(diff: {
  readonly changes: readonly FieldChange[];
}): readonly JsonPatchOperation[] {
  const patch: JsonPatchOperation[] = [];
  const moved = new Moved();
  for (const { path, kind, edits, new: value } of diff.changes) {
    switch (kind) {
      case "added":
        patch.push({ op: "add", path: pointer(path), value: jsonValue(value) });
        moved.note(path, 1);
        break;
      case "removed": {
        const present = moved.present(path);
        patch.push({ op: "remove", path: pointer(present) });
        moved.note(present, -1);
        break;
      }
      case "modified":
        if (edits === undefined)
          patch.push({ op: "replace", path: pointer(path), value: jsonValue(value) });
        else for (const operation of listOperations(pointer(path), edits)) patch.push(operation);
    }
  }
  return patch;
}

/**
 * Operations see arrays as the ones before left them, and changes come in the order of their places: up to the present
 * place an array is the new one, behind it the old one, moved by what was added and removed so far.
 */
class Moved {
  /** By the pointer of the array. */
  readonly #by = new Map<string, number>();

  note(path: Path, places: number): void {
    if (typeof path[path.length - 1] !== "number") return;
    const array = pointer(path.slice(0, -1));
    this.#by.set(array, (this.#by.get(array) ?? 0) + places);
  }

  /** Where a place of the old version is now. */
  present(path: Path): Path {
    const present: (string | number)[] = [];
    for (const part of path)
      present.push(typeof part === "number" ? part + (this.#by.get(pointer(present)) ?? 0) : part);
    return present;
  }
}

function* listOperations(list: string, edits: readonly ListEdit[]): Generator<JsonPatchOperation> {
  let moved = 0;
  for (const { at, remove, insert } of edits) {
    const start = at + moved;
    for (const [i, ref] of insert.entries())
      yield {
        op: i < remove ? "replace" : "add",
        path: `${list}/${start + i}`,
        value: { $ref: ref },
      };
    for (let i = insert.length; i < remove; i++)
      yield { op: "remove", path: `${list}/${start + insert.length}` };
    moved += insert.length - remove;
  }
}

/** RFC 6901. */
function pointer(path: Path): string {
  return path
    .map((part) => `/${jsonKey(String(part)).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
