import type { ColumnType } from "kysely";
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

/** Views are read only. */
type Column<Value> = ColumnType<Value, never, never>;

/** The columns that each view has, whatever the type. */
export interface VersionColumns<Engine extends EngineTypes> {
  ecs_id: Column<EcsId>;
  lineage_id: Column<LineageId>;
  parent_id: Column<EcsId | null>;
  merged_from_id: Column<EcsId | null>;
  type_name: Column<string>;
  schema_version: Column<number>;
  created_at: Column<string>;
  is_head: Column<Engine["boolean"]>;
  commit_sequence: Column<number>;
  commit_actor: Column<string | null>;
  commit_operation: Column<string | null>;
  commit_reason: Column<string | null>;
  commit_at: Column<string>;
  record_data: Column<string>;
}

/** A view of the versions of a type. */
export type VersionView<
  Class extends ReferableClass,
  Engine extends EngineTypes,
> = VersionColumns<Engine> & {
  [Field in FieldOf<Class> as ColumnName<Field, FieldValue<Class, Field>>]: Column<ColumnValue<
    NonNullable<FieldValue<Class, Field>>,
    Engine
  > | null>;
};

/** A view of the members of the lists of a type. */
export interface MemberView<Field extends string> {
  holder_id: Column<EcsId>;
  field: Column<Field>;
  position: Column<number>;
  member_id: Column<EcsId>;
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
