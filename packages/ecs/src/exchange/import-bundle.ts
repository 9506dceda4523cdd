import type { z } from "zod";
import { parseCommitId, parseEcsId, parseLineageId, type EcsId } from "../ids.ts";
import { MiError } from "../mi-error.ts";
import type { Commit, CommitResult, EntityStorage, VersionWrite } from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import { decodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";
import {
  BUNDLE_VERSION,
  BundleError,
  commitLine,
  headLine,
  type CommitLine,
  type ListLine,
  type VersionLine,
} from "./bundle-format.ts";

/** What an import wrote. */
export interface ImportResult {
  /** Commits that were new here, and those that were known. */
  readonly committed: number;
  readonly known: number;
  readonly versions: number;
}

/**
 * Writes a bundle's commits, with the ids, times and contexts that they have. What is stored already is left alone:
 * importing twice changes nothing, and an import that was cut off is repeated from the start.
 *
 * @param lines with or without their line ends, or the whole text of a bundle; empty ones are passed over
 * @throws BundleError naming the line; the commits before it are imported
 */
export async function importBundle(
  lines: Iterable<string> | AsyncIterable<string>,
  storage: EntityStorage,
): Promise<ImportResult> {
  const result = { committed: 0, known: 0, versions: 0 };
  const lists = new Map<EcsId, readonly RefList[]>();
  let number = 0;
  let sawHead = false;
  // A text is iterable too: by its characters.
  for await (const line of typeof lines === "string" ? lines.split("\n") : lines) {
    number++;
    if (line.trim() === "") continue;
    if (!sawHead) {
      const { version } = parse(headLine, line, number);
      if (version > BUNDLE_VERSION)
        throw new BundleError(
          number,
          `it is of format version ${version}, and this program reads up to ${BUNDLE_VERSION}; upgrade this program`,
        );
      sawHead = true;
      continue;
    }
    const { header, versions } = parse(commitLine, line, number);
    const writes: VersionWrite[] = [];
    for (const version of versions)
      writes.push(await versionWrite(version, lists, storage, number));
    const status = await written(
      { header: headerOf(header, number), versions: writes, mustBeHeads: [], refMoves: [] },
      storage,
      number,
    );
    if (status === "committed") result.committed++;
    else result.known++;
    result.versions += versions.length;
  }
  if (!sawHead) throw new BundleError(number, "there is no line that names the format");
  return result;
}

async function written(
  commit: Commit,
  storage: EntityStorage,
  number: number,
): Promise<CommitResult["status"]> {
  try {
    return (await storage.commit(commit)).status;
  } catch (cause) {
    if (MiError.is(cause) && cause.code === "MI_STORAGE_MISSING_VERSION")
      throw new BundleError(
        number,
        `it names versions that no line before it has (${cause.message}); a line is missing`,
        cause,
      );
    throw cause;
  }
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  line: string,
  number: number,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BundleError(number, "it is no JSON", cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BundleError(number, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

function headerOf(
  header: CommitLine["header"],
  number: number,
): Parameters<EntityStorage["commit"]>[0]["header"] {
  return checked(number, () => ({
    ...header,
    metadata: readableMetadata(header.metadata),
    id: parseCommitId(header.id),
    cause: header.cause === null ? null : parseEcsId(header.cause),
  }));
}

async function versionWrite(
  line: VersionLine,
  known: Map<EcsId, readonly RefList[]>,
  storage: EntityStorage,
  number: number,
): Promise<VersionWrite> {
  const lists: RefList[] = [];
  for (const list of line.lists) lists.push(await listOf(list, known, storage, number));
  return checked(number, () => {
    const ecsId = parseEcsId(line.ecsId);
    requireReadable(line.data, line.refs.length, lists.length);
    known.set(ecsId, lists);
    return {
      record: Object.freeze({
        ...line,
        ecsId,
        lineageId: parseLineageId(line.lineageId),
        parentId: line.parentId === null ? null : parseEcsId(line.parentId),
        mergedFromId: line.mergedFromId === null ? null : parseEcsId(line.mergedFromId),
        refs: Object.freeze(line.refs.map(parseEcsId)),
        lists: Object.freeze(lists),
      }),
      bases: line.lists.map((list) =>
        "ids" in list
          ? null
          : { of: parseEcsId(list.of), list: list.list, edits: editsOf(list.edits) },
      ),
    };
  });
}

/** What could not be read again must not be stored: nothing could ever replace it. */
function requireReadable(data: string, refs: number, lists: number): void {
  const within = (count: number, what: string) => (index: number) => {
    if (Number.isInteger(index) && index >= 0 && index < count) return null;
    throw new RangeError(`its text names ${what} ${index}, of ${count}`);
  };
  const fields = decodeValue(data, {
    reference: within(refs, "reference"),
    list: within(lists, "list"),
  });
  if (!isPlainObject(fields)) throw new TypeError("its text is no object");
}

function readableMetadata(text: string): string {
  if (isPlainObject(decodeValue(text))) return text;
  throw new TypeError("the metadata of its commit is no object");
}

async function listOf(
  list: ListLine,
  known: ReadonlyMap<EcsId, readonly RefList[]>,
  storage: EntityStorage,
  number: number,
): Promise<RefList> {
  if ("ids" in list) return checked(number, () => RefList.from(list.ids.map(parseEcsId)));
  const of = checked(number, () => parseEcsId(list.of));
  const lists = known.get(of) ?? (await storage.read([of]))[0]?.record.lists;
  const base = lists?.[list.list];
  if (base === undefined) throw new BundleError(number, `list ${list.list} of ${of} is unknown`);
  return checked(number, () => RefList.edit(base, editsOf(list.edits)));
}

function editsOf(
  edits: readonly { at: number; remove: number; insert: readonly string[] }[],
): { at: number; remove: number; insert: EcsId[] }[] {
  return edits.map((edit) => ({ ...edit, insert: edit.insert.map(parseEcsId) }));
}

function checked<T>(number: number, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const message: unknown = Reflect.get(Object(cause), "message");
    throw new BundleError(number, typeof message === "string" ? message : String(cause), cause);
  }
}
