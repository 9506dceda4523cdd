import type { EcsId, LineageId, ReferableClass } from "@mi/ecs";
import type { SnakeCase } from "./snake-case.ts";
import type { versionColumns } from "./view-definition.ts";
import type { ViewsTable } from "./views-table.ts";

/** What drivers answer for values that not all engines have. */
export interface EngineTypes {
  readonly boolean: unknown;
  readonly json: unknown;
}

/** 1 or 0, and JSON as text. */
export interface SqliteTypes extends EngineTypes {
  readonly boolean: 0 | 1;
  readonly json: string;
}

/** The driver parses JSON. */
export interface PostgresTypes extends EngineTypes {
  readonly boolean: boolean;
  readonly json: unknown;
}

/** Of a storage that was opened without views. */
export type NoViews = Record<never, never>;

/**
 * The views for Kysely, by name; only where classes were given by the names of their views. From a list of classes the
 * views are made all the same: the stored name of a type is nothing that TypeScript knows.
 */
export type ViewTables<Views, Engine extends EngineTypes> = Views extends readonly unknown[]
  ? { mi_views: ViewsTable }
  : Views extends Readonly<Record<string, ReferableClass>>
    ? { mi_views: ViewsTable } & {
        [Name in keyof Views & string as Name | `${Name}_head`]: VersionView<Views[Name], Engine>;
      } & {
        [Name in keyof Views & string as ListName<Views, Name>]: MemberView<ListField<Views[Name]>>;
      }
    : NoViews;

type ListName<
  Views extends Readonly<Record<string, ReferableClass>>,
  Name extends keyof Views & string,
> = [ListField<Views[Name]>] extends [never] ? never : `${Name}_list`;

type VersionColumn = (typeof versionColumns)[number];

/** The columns that each view has, whatever the type. */
export interface VersionColumns<Engine extends EngineTypes> {
  ecs_id: EcsId;
  lineage_id: LineageId;
  parent_id: EcsId | null;
  merged_from_id: EcsId | null;
  type_name: string;
  schema_version: number;
  created_at: string;
  is_head: Engine["boolean"];
  commit_sequence: number;
  commit_actor: string | null;
  commit_operation: string | null;
  commit_reason: string | null;
  commit_at: string;
  record_data: string;
}

/** A view of the versions of a type. */
export type VersionView<
  Class extends ReferableClass,
  Engine extends EngineTypes,
> = VersionColumns<Engine> & {
  [Field in FieldOf<Class> as ColumnName<Field, FieldValue<Class, Field>>]: ColumnValue<
    NonNullable<FieldValue<Class, Field>>,
    Engine
  > | null;
};

/** A view of the members of the lists of a type. */
export interface MemberView<Field extends string> {
  holder_id: EcsId;
  field: Field;
  position: number;
  member_id: EcsId;
}

/** An entity, by what all of them have. */
interface AnyEntity {
  readonly ecsId: EcsId;
  readonly lineageId: LineageId;
}

/** The names of the fields: what the constructor takes, without getters and methods of the class. */
type FieldOf<Class extends ReferableClass> = Class extends abstract new (
  fields: infer Fields,
) => object
  ? keyof Fields & string
  : never;

type FieldValue<Class extends ReferableClass, Field> = Field extends keyof InstanceType<Class>
  ? InstanceType<Class>[Field]
  : never;

type ListField<Class extends ReferableClass> = {
  [Name in FieldOf<Class>]: IsList<NonNullable<FieldValue<Class, Name>>> extends true
    ? Name
    : never;
}[FieldOf<Class>];

type IsList<Value> = [Value] extends [readonly AnyEntity[]] ? true : false;

type ColumnName<Field extends string, Value> =
  IsList<NonNullable<Value>> extends true
    ? Unreserved<SnakeCase<Field>, "_length">
    : Unreserved<SnakeCase<Field>, "">;

type Unreserved<
  Name extends string,
  Ending extends string,
> = `${Name}${Ending}` extends VersionColumn ? `${Name}_field${Ending}` : `${Name}${Ending}`;

type ColumnValue<Value, Engine extends EngineTypes> = [Value] extends [never]
  ? Engine["json"]
  : [Value] extends [AnyEntity]
    ? EcsId
    : IsList<Value> extends true
      ? number
      : [Value] extends [string] | [number]
        ? Value
        : [Value] extends [boolean]
          ? Engine["boolean"]
          : [Value] extends [bigint]
            ? string
            : [Value] extends [Date]
              ? string
              : Engine["json"];
