import type { EntityFieldDescription, EntityTypeDescription, ValueKind } from "@mi/ecs/storage";
import { snakeCase } from "./snake-case.ts";
import { sqlName } from "./sql-name.ts";

/** The form of the SQL that this version of the package writes. A higher one is of a newer version. */
export const FORMAT = 2;

/** What a view shows, whatever the engine. It is stored beside the view. */
export interface ViewDefinition {
  readonly format: number;
  /** The highest schema version of the type that a process has opened the view with. */
  readonly schemaVersion: number;
  /** Stored names of the type, which comes first, and of those that derive from it. */
  readonly types: readonly string[];
  readonly columns: readonly ViewColumn[];
  /** Names of the fields that have an index. */
  readonly indexes: readonly string[];
}

/** The column of one field. */
export interface ViewColumn {
  readonly name: string;
  readonly field: string;
  readonly kind: ValueKind;
  /** The highest schema version that has the field. */
  readonly schemaVersion: number;
}

/** Columns that each view has, besides those of fields. */
export const versionColumns = [
  "ecs_id",
  "lineage_id",
  "parent_id",
  "merged_from_id",
  "type_name",
  "schema_version",
  "created_at",
  "is_head",
  "commit_sequence",
  "commit_actor",
  "commit_operation",
  "commit_reason",
  "commit_at",
  "record_data",
] as const;

const reserved: ReadonlySet<string> = new Set(versionColumns);

/**
 * What a view has to show after a process opens it that knows this shape of the type. A view only gains columns: what
 * older and newer programs read stays. In which order they come makes no difference: a field is of the kind that the
 * highest schema version says, and JSON where two programs of the same one disagree.
 */
export function mergedDefinition(
  stored: ViewDefinition | undefined,
  { name, schemaVersion, fields, indexes, subtypes }: EntityTypeDescription,
): ViewDefinition {
  const types = new Set([...(stored?.types ?? []), ...subtypes]);
  types.delete(name);
  return {
    format: FORMAT,
    schemaVersion: Math.max(schemaVersion, stored?.schemaVersion ?? 0),
    types: [name, ...[...types].toSorted()],
    columns: mergedColumns(stored?.columns ?? [], fields, schemaVersion),
    indexes: mergedIndexes(stored, indexes, schemaVersion),
  };
}

function mergedColumns(
  stored: readonly ViewColumn[],
  fields: readonly EntityFieldDescription[],
  schemaVersion: number,
): readonly ViewColumn[] {
  const kinds = new Map(fields.map((field) => [formOf(field.name, field.kind), field.kind]));
  const kept = stored.map((column) => {
    const form = formOf(column.field, column.kind);
    const kind = kinds.get(form);
    kinds.delete(form);
    if (kind === undefined || schemaVersion < column.schemaVersion) return column;
    if (schemaVersion > column.schemaVersion) return { ...column, kind, schemaVersion };
    return kind === column.kind ? column : { ...column, kind: "json" as const };
  });
  const added = fields.filter(({ name, kind }) => kinds.has(formOf(name, kind)));
  const names = new Map<string, string>();
  const taken = new Set([...reserved, ...stored.map(({ name }) => name)]);
  // Of two names that come out the same, the one that is so already keeps it.
  for (const { name, kind } of added.toSorted((a, b) => rank(a) - rank(b))) {
    const column = columnName(name, kind, taken);
    names.set(formOf(name, kind), column);
    taken.add(column);
  }
  return [
    ...kept,
    ...added.map(({ name: field, kind }) => ({
      name: names.get(formOf(field, kind)) ?? field,
      field,
      kind,
      schemaVersion,
    })),
  ];
}

/** A list shows its length, which says so in its name: it is another column than a value of the field would be. */
function formOf(field: string, kind: ValueKind): string {
  return `${kind === "list" ? "list" : "value"} ${field}`;
}

function rank({ name, kind }: EntityFieldDescription): number {
  if (kind === "list") return 2;
  return snakeCase(name) === name ? 0 : 1;
}

function columnName(field: string, kind: ValueKind, taken: ReadonlySet<string>): string {
  const ending = kind === "list" ? "_length" : "";
  const isReserved = reserved.has(snakeCase(field) + ending);
  const name = isReserved ? `${field}_field` : field;
  return sqlName(name, (candidate) => taken.has(candidate + ending)) + ending;
}

function mergedIndexes(
  stored: ViewDefinition | undefined,
  indexes: readonly string[],
  schemaVersion: number,
): readonly string[] {
  if (stored === undefined || schemaVersion > stored.schemaVersion)
    return [...new Set(indexes)].toSorted();
  if (schemaVersion < stored.schemaVersion) return stored.indexes;
  return [...new Set([...stored.indexes, ...indexes])].toSorted();
}
