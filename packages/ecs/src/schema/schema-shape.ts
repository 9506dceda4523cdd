import type { z } from "zod";
import { EntityDefinitionError } from "../errors.ts";
import { referenceTarget, weakReferenceTarget, type WeakTarget } from "./reference-target.ts";

/**
 * Reads what the core needs from zod schemas: where references stand, which schema governs a nested value, and which
 * schemas can't be a field, because a stored value would not be accepted again or couldn't be stored.
 */

type Schema = z.core.$ZodType;
type Path = readonly (string | number)[];

const refused: Readonly<Record<string, string>> = {
  transform: "a transform's output is not its input; store the result in a field of its own",
  pipe: "a pipe changes values when they are read; validate first and store the result",
  catch: "catch() invents values; use default()",
  map: "a Map can't be stored; use z.record()",
  set: "a Set can't be stored; use z.array()",
  promise: "a promise can't be stored; await it, and store what it gives",
  function: "a function can't be stored; store the name of one",
  symbol: "a symbol can't be stored; use a string",
  file: "a file can't be stored; store its text, or its name",
  nan: "NaN can't be stored; use null",
  void: "void has no value to store; use optional()",
  success: "success() changes values when they are read; use z.boolean()",
  lazy: "lazy() around plain values can't be checked; use z.json(), or a getter in z.object()",
};

/** @throws EntityDefinitionError when a field of this schema couldn't give back what was put in. */
export function assertStorable(type: string, field: string, schema: Schema): void {
  visit(schema, [field], (node, path) => {
    const def = node._zod.def;
    if (def.type === "lazy" && isJsonSchema(node)) return false;
    if (def.type === "custom" && "Class" in node._zod.bag)
      throw new EntityDefinitionError(type, path, "instanceof() can't be stored; use ref()");
    if ("coerce" in def && def.coerce === true)
      throw new EntityDefinitionError(
        type,
        path,
        "coerce changes values when they are read; convert before assigning",
      );
    const why = refused[def.type];
    if (why !== undefined) throw new EntityDefinitionError(type, path, why);
    return true;
  });
}

/** Whether a value of this schema can hold an entity anywhere. */
export function mayHoldReferences(schema: Schema): boolean {
  let found = false;
  visit(schema, [], (node) => {
    if (referenceTarget(node) !== undefined) found = true;
    return !found && !isJsonSchema(node);
  });
  return found;
}

/** Whether parsing can put in values that were not given. */
export function mayPutInDefaults(schema: Schema): boolean {
  let found = false;
  visit(schema, [], (node) => {
    if (node._zod.def.type === "default" || node._zod.def.type === "prefault") found = true;
    return !found && !isJsonSchema(node);
  });
  return found;
}

/** Whether parsing can freeze what it gives, or what it was given. */
export function mayFreeze(schema: Schema): boolean {
  let found = false;
  visit(schema, [], (node) => {
    if (node._zod.def.type === "readonly") found = true;
    return !found && !isJsonSchema(node);
  });
  return found;
}

/** The classes that this schema refers to, thunks unresolved. */
export function referencedClasses(schema: Schema): readonly (() => unknown)[] {
  const found: (() => unknown)[] = [];
  visit(schema, [], (node) => {
    const target = referenceTarget(node);
    if (target !== undefined) found.push(target);
    return !isJsonSchema(node);
  });
  return found;
}

/** What the weak references in this schema name. */
export function weakTargetsOf(schema: Schema): readonly WeakTarget[] {
  const found: WeakTarget[] = [];
  visit(schema, [], (node) => {
    const target = weakReferenceTarget(node);
    if (target !== undefined) found.push(target);
    return !isJsonSchema(node);
  });
  return found;
}

/** The schema without nullable, optional, default and the like. */
export function unwrap(schema: Schema): Schema {
  let node = schema;
  for (;;) {
    const inner = wrapped(node);
    if (inner === undefined) return node;
    node = inner;
  }
}

/** The schema that governs one element or property of a container; `undefined` where a union leaves it open. */
export function childSchema(schema: Schema | undefined, key: string | number): Schema | undefined {
  if (schema === undefined) return undefined;
  const def = unwrap(schema)._zod.def;
  if (isDef<z.core.$ZodArrayDef>(def, "array")) return def.element;
  if (isDef<z.core.$ZodRecordDef>(def, "record")) return def.valueType;
  if (isDef<z.core.$ZodTupleDef>(def, "tuple"))
    return def.items[Number(key)] ?? def.rest ?? undefined;
  if (isDef<z.core.$ZodObjectDef>(def, "object")) return def.shape[String(key)] ?? def.catchall;
  return undefined;
}

/**
 * The schema of an array of nothing but entities, which a record keeps as a list. In a union, where it is the only array:
 * among several ones, which of them an empty array is can't be told.
 */
export function referenceList(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined) return undefined;
  const node = unwrap(schema);
  const { def } = node._zod;
  if (isDef<z.core.$ZodUnionDef>(def, "union")) {
    const [only, second] = def.options.filter(mayBeArray);
    return second === undefined ? referenceList(only) : undefined;
  }
  return isDef<z.core.$ZodArrayDef>(def, "array") && isReference(def.element) ? node : undefined;
}

/** Whether a value of this schema can be an array; one that is not known to be none counts. */
function mayBeArray(schema: Schema): boolean {
  if (referenceTarget(schema) !== undefined) return false;
  const { def } = unwrap(schema)._zod;
  return !(isPlainKind(def.type) || def.type === "object" || def.type === "record");
}

function isPlainKind(type: string): boolean {
  return [
    "string",
    "number",
    "boolean",
    "bigint",
    "null",
    "undefined",
    "literal",
    "enum",
    "date",
  ].includes(type);
}

function isReference(schema: Schema): boolean {
  if (referenceTarget(schema) !== undefined) return true;
  const def = schema._zod.def;
  return isDef<z.core.$ZodUnionDef>(def, "union") && def.options.every(isReference);
}

/**
 * Whether checking each member as it enters is enough: a list whose schema says nothing about the list as a whole.
 * Otherwise the whole field is validated before it is stored.
 */
export function isCheckedByMember(schema: Schema): boolean {
  let node: Schema | undefined = schema;
  while (node !== undefined) {
    const { checks } = node._zod.def;
    if (checks !== undefined && checks.length > 0) return false;
    const inner = wrapped(node);
    if (inner === undefined)
      return node._zod.def.type === "array" && referenceList(node) !== undefined;
    node = inner;
  }
  return false;
}

/** Whether a value comes out where none goes in. */
export function givesDefault(schema: Schema): boolean {
  for (let node: Schema | undefined = schema; node !== undefined; node = wrapped(node))
    if (node._zod.def.type === "default" || node._zod.def.type === "prefault") return true;
  return false;
}

function wrapped(schema: Schema): Schema | undefined {
  const def = schema._zod.def;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
      return "innerType" in def && isSchema(def.innerType) ? def.innerType : undefined;
    default:
      return undefined;
  }
}

/** z.json() is the one lazy schema that is plain data through and through. */
function isJsonSchema(schema: Schema): boolean {
  const def = schema._zod.def;
  if (!isDef<z.core.$ZodLazyDef>(def, "lazy")) return false;
  const inner = def.getter()._zod.def;
  const kinds = ["string", "number", "boolean", "null", "array", "record"];
  return (
    isDef<z.core.$ZodUnionDef>(inner, "union") &&
    inner.options.length === kinds.length &&
    inner.options.every((option, i) => option._zod.def.type === kinds[i])
  );
}

/** Calls `enter` for the schema and all below it, each once; it answers whether to go deeper. */
function visit(
  schema: Schema,
  path: Path,
  enter: (schema: Schema, path: Path) => boolean,
  seen = new Set<Schema>(),
): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  if (!enter(schema, path)) return;
  for (const [child, step] of children(schema))
    visit(child, step === undefined ? path : [...path, step], enter, seen);
}

function children(schema: Schema): [Schema, (string | number)?][] {
  const inner = wrapped(schema);
  if (inner !== undefined) return [[inner]];
  const def = schema._zod.def;
  if (isDef<z.core.$ZodArrayDef>(def, "array")) return [[def.element, "[]"]];
  if (isDef<z.core.$ZodRecordDef>(def, "record"))
    return [
      [def.keyType, "{}"],
      [def.valueType, "{}"],
    ];
  if (isDef<z.core.$ZodTupleDef>(def, "tuple")) {
    const items = def.items.map((item, i): [Schema, number] => [item, i]);
    return def.rest === null ? items : [...items, [def.rest, "[]"]];
  }
  if (isDef<z.core.$ZodObjectDef>(def, "object")) {
    const fields = Object.entries(def.shape).map(([key, field]): [Schema, string] => [field, key]);
    return def.catchall === undefined ? fields : [...fields, [def.catchall, "{}"]];
  }
  if (isDef<z.core.$ZodUnionDef>(def, "union")) return def.options.map((option) => [option]);
  if (isDef<z.core.$ZodIntersectionDef>(def, "intersection")) return [[def.left], [def.right]];
  return [];
}

function isDef<Def extends z.core.$ZodTypeDef>(
  def: z.core.$ZodTypeDef,
  type: Def["type"],
): def is Def {
  return def.type === type;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && "_zod" in value;
}
