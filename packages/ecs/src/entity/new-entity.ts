import { creationSources, keepNew } from "../ambient.ts";
import { types } from "node:util";
import { EntityDefinitionError, EntityValidationError, type ValueIssue } from "../errors.ts";
import { parseEcsId, parseLineageId } from "../ids.ts";
import { noteMade } from "../trace/trace.ts";
import { isPlainObject } from "../values/plain-object.ts";
import type { EntityType, ReportIssue } from "./entity-type.ts";
import { putField, undeclared } from "./fields.ts";
import { parseField, type ValueOwner } from "./parse-value.ts";
import { WarmCopy } from "./warm-copy.ts";
import type { WarmState } from "./warm-state.ts";

/**
 * A new entity with the given fields, all validated and defaults filled in.
 *
 * @throws EntityValidationError naming every field that is wrong
 */
export function newEntity(
  type: EntityType,
  target: Record<string, unknown>,
  fields: unknown,
): WarmState {
  const given = fields ?? {};
  if (!isPlainObject(given))
    throw new EntityValidationError(type.name, undefined, [
      { path: [], message: "the constructor takes an object with the fields" },
    ]);
  const values: [string, unknown][] = [];
  const issues: ValueIssue[] = Object.keys(given)
    .filter((key) => !type.fields.has(key))
    .map((key) => undeclared(type, key));
  for (const field of type.fields.values()) {
    const parsed = parseField({ type }, field, given[field.name]);
    if (parsed.ok) values.push([field.name, parsed.value]);
    else issues.push(...parsed.issues);
  }
  if (issues.length === 0) issues.push(...ruleIssues({ type }, Object.fromEntries(values)));
  if (issues.length > 0) throw new EntityValidationError(type.name, undefined, issues);
  const { clock, ids } = creationSources();
  const state = new WarmCopy({
    type,
    target,
    ecsId: parseEcsId(ids.next()),
    lineageId: parseLineageId(ids.next()),
    createdAt: new Date(clock.now()).toISOString(),
  });
  for (const [name, value] of values) putField(state, name, value);
  // Inside a traced call the call decides whether it is registered; else the registry of the scope keeps it.
  if (!noteMade(state)) keepNew(state);
  return state;
}

/**
 * Runs `EntityOptions.check` of the type and of those that it extends.
 *
 * @throws EntityValidationError when one of them throws
 */
export function ruleIssues(
  { type, lineageId }: ValueOwner,
  fields: Record<string, unknown>,
): ValueIssue[] {
  const issues: ValueIssue[] = [];
  const report: ReportIssue = (path, message) => {
    issues.push({ path: typeof path === "string" ? [path] : path, message });
  };
  for (const check of type.checks) {
    let answer: unknown;
    try {
      answer = check(fields, report);
    } catch (error) {
      throw EntityValidationError.ofThrown(type.name, lineageId, { what: "check()" }, error);
    }
    if (types.isPromise(answer)) throw answersLater(type, answer);
  }
  return issues;
}

function answersLater(type: EntityType, answer: Promise<unknown>): EntityDefinitionError {
  // Its own fault would else end the process: nobody waits for it.
  answer.catch(() => undefined);
  return new EntityDefinitionError(
    type.name,
    [],
    "check() is asynchronous; check what can be checked at once, and the rest before",
  );
}
