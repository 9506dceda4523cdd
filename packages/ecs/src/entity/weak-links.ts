import { requireAmbientRegistry } from "../ambient.ts";
import { EntityTypeMismatchError, UnknownEntityTypeError } from "../errors.ts";
import type { LineageId, LineageIdOf } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { isLineageId, isWeakTarget, weakTargetName } from "../schema/reference.ts";
import type { WeakTarget } from "../schema/reference-target.ts";
import { weakTargetsOf } from "../schema/schema-shape.ts";
import { noteRead } from "../trace/trace.ts";
import { memberOf, rootsAbove } from "./tree-members.ts";
import { requireState, type WarmState } from "./warm-state.ts";

/** Where a weak reference is looked up. */
export interface ResolveOptions {
  /**
   * The root whose tree is searched first. Default: the roots that hold the entity now, as long as the program holds them
   * itself. Name one for an entity that stands in several trees.
   */
  readonly within?: object | undefined;
}

/** The names of the fields that are weak references or lists of them. */
export type WeakField<Fields> = {
  [Name in keyof Fields]-?: IsWeak<NonNullable<Fields[Name]>> extends true ? Name : never;
}[keyof Fields] &
  string;

// `any` and `unknown` could be anything: they are no weak fields.
type IsWeak<Value> = unknown extends Value
  ? false
  : [Value] extends [never]
    ? false
    : [Value] extends [LineageId | readonly (LineageId | null | undefined)[]]
      ? true
      : false;

/** What a weak field resolves to; `Base` where it names its type by a stored name. */
export type Resolved<Value, Base> =
  NonNullable<Value> extends readonly (infer Item)[]
    ? readonly (Referent<NonNullable<Item>, Base> | undefined)[]
    : Referent<NonNullable<Value>, Base> | undefined;

type Referent<Id, Base> =
  Id extends LineageIdOf<infer Instance> ? (unknown extends Instance ? Base : Instance) : never;

/** What an entity offers for its weak fields. */
export interface WeakLinks<Fields, Base> {
  /**
   * The entity behind a weak reference, or a list of them in the field's order: the very object that stands in the same
   * tree, else a new warm copy of the latest head. `undefined` for a dangling reference and for an empty field.
   *
   * @example
   * const question = await answer.resolve("replyTo", { within: thread });
   * @throws EntityTypeMismatchError when an entity of another type stands there
   */
  resolve<Name extends WeakField<Fields>>(
    field: Name,
    options?: ResolveOptions,
  ): Promise<Resolved<Fields[Name], Base>>;
}

interface Links {
  readonly ids: readonly (LineageId | undefined)[];
  readonly isList: boolean;
  /** What they may name; empty where nothing is known of that. */
  readonly targets: readonly WeakTarget[];
}

/** Finds what weak references name: in the tree first, the rest as the latest heads. `link` is a field's name or an id. */
export async function resolveLinks(
  from: WarmState,
  link: string,
  { within }: ResolveOptions = {},
): Promise<object | undefined | readonly (object | undefined)[]> {
  const { ids, isList, targets } = linksOf(from, link);
  const found = new Map<LineageId, WarmState>();
  const roots = within === undefined ? rootsAbove(from) : [requireState(within)];
  const wanted = new Set(ids.filter((id) => id !== undefined));
  for (const id of wanted) {
    const way = firstDefined(roots, (root) => memberOf(root, id));
    const member = way?.[way.length - 1];
    if (way === undefined || member === undefined) continue;
    // A traced call commits the holders through which it reached what it wrote: here those that it was sent through.
    if (within !== undefined) for (const state of way) noteRead(state);
    found.set(id, member);
  }
  const missing = [...wanted].filter((id) => !found.has(id));
  if (missing.length > 0) {
    const known = [from, ...roots].find((state) => state.home !== undefined)?.home;
    const home = known ?? requireAmbientRegistry(`Resolving ${from.type.name}.${link}`);
    for (const state of await home.latest(missing)) found.set(state.lineageId, state);
  }
  for (const state of found.values()) assertNamed(state, targets);
  const entities = ids.map((id) => (id === undefined ? undefined : found.get(id)?.entity));
  return isList ? entities : entities[0];
}

function linksOf(from: WarmState, link: string): Links {
  const field = from.type.fields.get(link);
  if (field === undefined && isLineageId(link)) return { ids: [link], isList: false, targets: [] };
  const targets = field === undefined ? [] : weakTargetsOf(field.schema);
  if (field === undefined || targets.length === 0) throw noWeakField(from, link);
  noteRead(from);
  const value = from.target[field.name];
  const isList = Array.isArray(value);
  const values: unknown[] = isList ? value : [value];
  const ids = values.map((id) => {
    if (id === null || id === undefined) return undefined;
    if (isLineageId(id)) return id;
    throw noWeakField(from, link);
  });
  return { ids, isList, targets };
}

function assertNamed(state: WarmState, targets: readonly WeakTarget[]): void {
  if (state.isUnknown) throw new UnknownEntityTypeError(state.type.name, state.ecsId);
  if (targets.length === 0 || targets.some((target) => isWeakTarget(state.type, target))) return;
  const names = targets.map(weakTargetName).join(" or ");
  throw new EntityTypeMismatchError(names, state.type.name, state.lineageId);
}

function firstDefined<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function noWeakField(from: WarmState, link: string): MiError {
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  return new MiError(
    code,
    `${from.type.name}.${link} is no weak reference and no list of them; give resolve() a field of lineageRef(), or an id that stands deeper in a field`,
    { details: { type: from.type.name, lineageId: from.lineageId, field: link } },
  );
}
