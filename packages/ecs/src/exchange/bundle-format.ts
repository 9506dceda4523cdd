import { z } from "zod";
import { MiError } from "../mi-error.ts";

/**
 * A bundle: lineages with their history as newline-delimited JSON, the same for every backend. The first line names the
 * format; each other line is one commit with those of its versions that belong to the bundle. Parents, references and
 * members come before those that name them, or with them.
 */
export const BUNDLE_FORMAT = "mi.bundle";
export const BUNDLE_VERSION = 1;

/** A list, whole, or as edits of a list of a version that came before: a growing list costs what was added. */
const listLine = z.union([
  z.strictObject({ ids: z.array(z.string()) }),
  z.strictObject({
    of: z.string(),
    list: z.int().nonnegative(),
    edits: z.array(
      z.strictObject({
        at: z.int().nonnegative(),
        remove: z.int().nonnegative(),
        insert: z.array(z.string()),
      }),
    ),
  }),
]);

export const versionLine = z.strictObject({
  ecsId: z.string(),
  lineageId: z.string(),
  parentId: z.string().nullable(),
  mergedFromId: z.string().nullable(),
  type: z.string().min(1),
  schemaVersion: z.int().positive(),
  createdAt: z.iso.datetime(),
  data: z.string(),
  refs: z.array(z.string()),
  lists: z.array(listLine),
});

export const commitLine = z.strictObject({
  header: z.strictObject({
    id: z.string(),
    createdAt: z.iso.datetime(),
    operation: z.string().nullable(),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
    correlationId: z.string().nullable(),
    cause: z.string().nullable(),
    metadata: z.string(),
  }),
  versions: z.array(versionLine),
});

/** Of any version: what else a newer one says is its own. */
export const headLine = z.looseObject({
  format: z.literal(BUNDLE_FORMAT),
  version: z.int().positive(),
});

export type ListLine = z.output<typeof listLine>;
export type VersionLine = z.output<typeof versionLine>;
export type CommitLine = z.output<typeof commitLine>;

/** A line of a bundle can't be read. What came before it is imported; importing the mended bundle goes on from there. */
export class BundleError extends MiError<"MI_BUNDLE_INVALID"> {
  constructor(line: number, problem: string, cause?: unknown) {
    super("MI_BUNDLE_INVALID", `Line ${line} of the bundle: ${problem}`, {
      cause,
      details: { line },
    });
  }
}
