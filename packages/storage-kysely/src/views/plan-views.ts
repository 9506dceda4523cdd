import { CorruptionError, StorageError } from "@mi/ecs";
import type { RequestedView } from "./requested-views.ts";
import { sqlName } from "./sql-name.ts";
import { FORMAT, mergedDefinition } from "./view-definition.ts";
import type { ViewDefinition } from "./view-definition.ts";
import { HEAD, LIST, viewNames } from "./view-names.ts";

/** A row of `mi_views`: a view that some process has made. */
export interface StoredView {
  readonly name: string;
  readonly type_name: string;
  readonly definition: string;
}

/** A view that has to be made, or made again. */
export interface PlannedView {
  readonly name: string;
  readonly typeName: string;
  readonly definition: ViewDefinition;
  /** What is there now. */
  readonly previous: ViewDefinition | undefined;
}

/**
 * The views that differ from what is asked for. Those of a newer version of this package stay as they are.
 *
 * @param relations names of everything that is in the database, in small letters
 * @throws StorageError with code MI_STORAGE_USAGE for a given name that something else has
 */
export function planViews(
  requested: readonly RequestedView[],
  stored: readonly StoredView[],
  relations: ReadonlySet<string>,
  place: string,
): readonly PlannedView[] {
  const known = new Map(stored.map((view) => [view.name, view]));
  const planned = new Map<string, PlannedView>();
  const isTaken = (name: string): boolean =>
    [name, name + HEAD, name + LIST].some((each) => relations.has(each)) ||
    [...known.keys(), ...planned.keys()].some((other) => meets(name, other));
  const typeOf = (name: string): string | undefined =>
    planned.get(name)?.typeName ?? known.get(name)?.type_name;

  for (const { name: given, type } of requested) {
    const name = given ?? nameOf(type.name, typeOf, isTaken);
    const owner = typeOf(name);
    if (owner !== undefined ? owner !== type.name : isTaken(name))
      throw new StorageError(
        "MI_STORAGE_USAGE",
        `${place} can't have a view ${name} of ${type.name}: ${owner === undefined ? `${name}, ${name}${HEAD} or ${name}${LIST} is there already` : `it is a view of ${owner}`}; give the view another name`,
        { details: { place, view: name, type: type.name } },
      );
    const row = known.get(name);
    const previous = row === undefined ? undefined : parsed(row, place);
    const base = planned.get(name)?.definition ?? previous;
    if (base !== undefined && base.format > FORMAT) continue;
    const definition = mergedDefinition(base, type);
    planned.set(name, { name, typeName: type.name, definition, previous });
  }
  return [...planned.values()].filter(
    ({ name, definition, previous }) =>
      JSON.stringify(definition) !== JSON.stringify(previous) ||
      viewNames(name, definition).some((view) => !relations.has(view)),
  );
}

/** The name that a view of the type has already, else one that is free. */
function nameOf(
  type: string,
  typeOf: (name: string) => string | undefined,
  isTaken: (name: string) => boolean,
): string {
  // Engines keep names that begin so for themselves.
  const source = /^(sqlite|pg)_/.test(sqlName(type, () => false)) ? `_${type}` : type;
  const names = [sqlName(source, () => false), sqlName(source, () => true)];
  return names.find((name) => typeOf(name) === type) ?? sqlName(source, isTaken);
}

function meets(name: string, other: string): boolean {
  const endings = ["", HEAD, LIST];
  return endings.some((mine) => endings.some((theirs) => name + mine === other + theirs));
}

function parsed({ name, definition }: StoredView, place: string): ViewDefinition {
  try {
    return JSON.parse(definition) as ViewDefinition;
  } catch (cause) {
    throw new CorruptionError(
      `${place} has a damaged row of mi_views for ${name}; delete the row and the view, and open again`,
      { place, view: name },
      cause,
    );
  }
}
