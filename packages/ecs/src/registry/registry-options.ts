import type { Clock } from "../clock.ts";
import {
  headerFields,
  mergeContexts,
  type CommitContext,
  type OnConflict,
  type RequiredContext,
} from "../commit-context.ts";
import type { IdSource } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { usageError } from "../mi-error.ts";
import type { ReferableClass } from "../schema/reference-target.ts";
import type { CommitQuery, EntityStorage } from "../storage/contract.ts";
import type { TraceSeverity } from "../trace/severity.ts";

/** A point in time: a date, or text as ISO 8601. */
export type Instant = Date | string;

/** Which commits of the audit trail are asked for: those that match all that is given. */
export interface AuditQuery extends Omit<CommitQuery, "since" | "until"> {
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
}

/** Which versions a listing has. */
export interface ListOptions {
  /** Only versions that no other one was made from. */
  readonly headsOnly?: boolean | undefined;
}

/** What a registry is made of; only `storage` is needed. */
export interface EntityRegistryOptions {
  readonly storage: EntityStorage;
  /** The classes to know, and with them all that they refer to. Default: every class that `entity()` made. */
  readonly types?: readonly ReferableClass[] | undefined;
  /** What every commit of this registry says, where a call doesn't say otherwise. */
  readonly context?: CommitContext | undefined;
  /** Default `branch`. */
  readonly onConflict?: OnConflict | undefined;
  /** What each commit must say, or it is refused with a `CommitContextError`. */
  readonly requiredContext?: readonly RequiredContext[] | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Which traced calls are reported. Default NORMAL. */
  readonly traceSeverity?: TraceSeverity | undefined;
  readonly clock?: Clock | undefined;
  readonly ids?: IdSource | undefined;
}

const requirable: readonly unknown[] = [
  "actor",
  "reason",
  "operation",
  "correlationId",
] satisfies RequiredContext[];

/**
 * What every commit of a registry says. A program in JavaScript has no compiler that would tell it of a wrong option, and
 * each commit would fail for it, or the storage's absence, far from here.
 *
 * @throws MiError of code MI_REGISTRY_USAGE, CommitContextError
 */
export function checkedContext(options: EntityRegistryOptions): CommitContext {
  const given: unknown = options;
  if (
    typeof given !== "object" ||
    given === null ||
    typeof Reflect.get(given, "storage") !== "object"
  )
    throw usageError("new EntityRegistry({ storage }) needs a storage, e.g. new MemoryStorage()");
  for (const field of options.requiredContext ?? [])
    if (!requirable.includes(field))
      throw usageError(
        `requiredContext is made of ${requirable.join(", ")}, got ${JSON.stringify(field)}`,
      );
  const context = mergeContexts({ onConflict: options.onConflict }, options.context);
  headerFields(context);
  return context;
}
