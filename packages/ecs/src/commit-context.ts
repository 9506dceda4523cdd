import { MiError } from "./mi-error.ts";
import { parseEcsId, type EcsId } from "./ids.ts";
import { copyValue, Unstorable } from "./values/copy-value.ts";
import { encodeValue } from "./values/codec.ts";
import { isPlainObject } from "./values/plain-object.ts";

/**
 * What happens when somebody else made a newer version of what is forked: `branch` keeps both as heads, `fail` throws a
 * `ConcurrentModificationError`, `merge` joins the two; the warm copies take the merged content.
 */
export type OnConflict = "branch" | "fail" | "merge";

/** Who commits, when it matters why, and how: kept with the commit for the audit trail. */
export interface CommitContext {
  readonly actor?: string | undefined;
  readonly operation?: string | undefined;
  readonly reason?: string | undefined;
  readonly correlationId?: string | undefined;
  /** The version that made this commit happen, e.g. a tool call or a run. Whether it is stored is not looked at. */
  readonly cause?: EcsId | undefined;
  /** Plain data, stored with the commit. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly onConflict?: OnConflict | undefined;
}

/** What a registry can ask every commit to say. */
export type RequiredContext = "actor" | "reason" | "operation" | "correlationId";

export class CommitContextError extends MiError<"MI_ENTITY_COMMIT_CONTEXT"> {
  constructor(field: string, problem: string) {
    super("MI_ENTITY_COMMIT_CONTEXT", `The commit context's ${field} ${problem}`, {
      details: { field },
    });
  }
}

/** The later context's fields win; those that it doesn't name stay. Metadata is merged by key. */
export function mergeContexts(...contexts: readonly (CommitContext | undefined)[]): CommitContext {
  const merged: Record<string, unknown> = {};
  for (const context of contexts)
    for (const [key, value] of Object.entries(context ?? {}))
      if (value !== undefined)
        merged[key] =
          key === "metadata" && isPlainObject(merged[key]) && isPlainObject(value)
            ? { ...merged[key], ...value }
            : value;
  return merged;
}

const policies: readonly unknown[] = ["branch", "fail", "merge"] satisfies OnConflict[];
const texts = ["actor", "operation", "reason", "correlationId"] as const;

/** The context as a commit header keeps it. @throws CommitContextError when a field is of the wrong kind. */
export function headerFields(context: CommitContext): {
  readonly operation: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly correlationId: string | null;
  readonly cause: EcsId | null;
  readonly metadata: string;
} {
  for (const field of texts) {
    const value: unknown = context[field];
    if (value === undefined) continue;
    if (typeof value !== "string")
      throw new CommitContextError(field, `must be a string, got ${typeof value}`);
    if (/[\0\p{Surrogate}]/u.test(value))
      throw new CommitContextError(
        field,
        "holds NUL or half a character, which SQL can't keep; take it out",
      );
  }
  if (context.onConflict !== undefined && !policies.includes(context.onConflict))
    throw new CommitContextError("onConflict", `must be "branch", "fail" or "merge"`);
  return {
    operation: context.operation ?? null,
    actor: context.actor ?? null,
    reason: context.reason ?? null,
    correlationId: context.correlationId ?? null,
    cause: context.cause === undefined ? null : parseEcsId(context.cause),
    metadata: encodeMetadata(context.metadata ?? {}),
  };
}

function encodeMetadata(metadata: unknown): string {
  if (!isPlainObject(metadata)) throw new CommitContextError("metadata", "must be a plain object");
  try {
    return encodeValue(copyValue(metadata, () => false));
  } catch (error) {
    if (error instanceof Unstorable)
      throw new CommitContextError("metadata", `can't be stored: ${error.reason}`);
    throw error;
  }
}
