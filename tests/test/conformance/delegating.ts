import type { EntityStorage } from "@mi/ecs";

/** A storage that passes every call on, but for the methods that are given. */
export function delegating(inner: EntityStorage, own: Partial<EntityStorage>): EntityStorage {
  return {
    commit: (commit) => inner.commit(commit),
    read: (ids) => inner.read(ids),
    readTree: (roots) => inner.readTree(roots),
    heads: (lineages) => inner.heads(lineages),
    versions: (query, page) => inner.versions(query, page),
    commits: (query, page) => inner.commits(query, page),
    refs: (query, page) => inner.refs(query, page),
    stats: () => inner.stats(),
    clear: () => inner.clear(),
    close: () => inner.close(),
    ...own,
  };
}
