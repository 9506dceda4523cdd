import { StorageError } from "@mi/ecs";
import type {
  CommitQuery,
  NamedRef,
  Page,
  PageOf,
  RefQuery,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "@mi/ecs";
import type { StoreState } from "./store-state.ts";

export function listVersions(
  state: StoreState,
  query: VersionQuery,
  page: PageOf,
): Page<VersionInfo> {
  const { lineageId, commitId, headsOnly = false } = query;
  const types = query.types === undefined ? undefined : new Set(query.types);
  const keyed = state.versions.map((stored, i) => ({ key: i, item: stored }));
  const found = takePage("version", Number, keyed, page, ({ record, commitId: madeBy }) => {
    if (headsOnly && !state.isHead(record.ecsId)) return false;
    if (types !== undefined && !types.has(record.type)) return false;
    if (lineageId !== undefined && record.lineageId !== lineageId) return false;
    return commitId === undefined || madeBy === commitId;
  });
  return { items: found.items.map(infoOf), next: found.next };
}

export function listCommits(
  state: StoreState,
  query: CommitQuery,
  page: PageOf,
): Page<StoredCommit> {
  const { lineageId, actor, operation, correlationId, since, until } = query;
  const touching = lineageId === undefined ? undefined : state.commitsOf(lineageId);
  const keyed = state.commits.map((commit) => ({ key: commit.sequence, item: commit }));
  return takePage(
    "commit",
    Number,
    keyed,
    page,
    (commit) =>
      (touching === undefined || touching.has(commit.id)) &&
      (actor === undefined || commit.actor === actor) &&
      (operation === undefined || commit.operation === operation) &&
      (correlationId === undefined || commit.correlationId === correlationId) &&
      (since === undefined || commit.createdAt >= since) &&
      (until === undefined || commit.createdAt < until),
  );
}

export function listRefs(
  state: StoreState,
  { names, prefix = "" }: RefQuery,
  page: PageOf,
): Page<NamedRef> {
  const wanted = names === undefined ? undefined : new Set(names);
  // JavaScript sorts texts by UTF-16 code units, as the contract wants it.
  const keyed = [...state.refs.keys()].toSorted().map((name) => ({ key: name, item: name }));
  const found = takePage(
    "ref",
    String,
    keyed,
    page,
    (name) => name.startsWith(prefix) && (wanted === undefined || wanted.has(name)),
  );
  return { items: found.items.flatMap((name) => state.ref(name)), next: found.next };
}

/** What a listing shows of a version. */
function infoOf({ record, commitId, sequence }: StoredVersion): VersionInfo {
  const { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt } = record;
  const identity = { ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt };
  return { ...identity, commitId, sequence };
}

/** The items after a cursor, which holds the key of the last one before it: so it stays right whoever writes. */
function takePage<T, Key extends string | number>(
  kind: string,
  parseKey: (text: string) => Key,
  ascending: readonly { readonly key: Key; readonly item: T }[],
  { after, limit, descending = false }: PageOf,
  isSelected: (item: T) => boolean,
): Page<T> {
  if (!Number.isInteger(limit) || limit < 1) throw usage(`A limit of ${limit} is no page`);
  const last = after === undefined ? undefined : keyAfter(kind, parseKey, after);
  const isAfter = (key: Key): boolean =>
    last === undefined || (descending ? key < last : key > last);
  const selected = (descending ? ascending.toReversed() : ascending).filter(
    ({ key, item }) => isAfter(key) && isSelected(item),
  );
  const shown = selected.slice(0, limit);
  const end = shown.at(-1);
  const hasMore = selected.length > limit && end !== undefined;
  return {
    items: shown.map(({ item }) => item),
    next: hasMore ? `${kind}:${end.key}` : undefined,
  };
}

function keyAfter<Key extends string | number>(
  kind: string,
  parseKey: (text: string) => Key,
  cursor: string,
): Key {
  const key = cursor.startsWith(`${kind}:`) ? parseKey(cursor.slice(kind.length + 1)) : undefined;
  if (key === undefined || Number.isNaN(key))
    throw usage(`${JSON.stringify(cursor)} is no cursor of this listing`);
  return key;
}

function usage(message: string): StorageError {
  return new StorageError("MI_STORAGE_USAGE", message);
}
