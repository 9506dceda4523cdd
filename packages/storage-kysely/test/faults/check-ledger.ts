import { isDeepStrictEqual } from "node:util";
import type { Commit, CommitId, EntityRecord, LineageId, StoredCommit, VersionInfo } from "@mi/ecs";
import { recordText } from "./commit-text.ts";
import type { Ledger } from "./ledger.ts";
import type { CheckedStorage } from "./place.ts";

/** A promise that the storage broke. `lost`: an acknowledged commit is not there. The others: it contradicts itself. */
export interface Finding {
  readonly kind: "lost" | "half" | "changed" | "unknown" | "refused" | "fork" | "verify";
  readonly message: string;
}

/** Everything in the storage that doesn't fit what writers said. An empty list when all of it does. */
export async function checkLedger(
  storage: CheckedStorage,
  ledger: Ledger,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { message } of await storage.verify()) findings.push({ kind: "verify", message });
  const stored = await storedCommits(storage);
  const report = (kind: Finding["kind"], id: CommitId, what: string): void => {
    findings.push({ kind, message: `commit ${id} ${what}` });
  };
  for (const id of stored.keys())
    if (!ledger.begun.has(id)) report("unknown", id, "is there, and nobody began it");
  for (const commit of ledger.begun.values()) {
    const { id } = commit.header;
    const isStored = stored.has(id);
    if (!isStored && ledger.acknowledged.has(id))
      report("lost", id, "was acknowledged and isn't there");
    if (isStored && ledger.refused.has(id)) report("refused", id, "was refused and is there");
    for (const finding of await compare(storage, commit, isStored)) report(...finding);
  }
  findings.push(...(await forks(storage, ledger)));
  return findings;
}

/** The commits of a storage by id. */
export async function storedCommits(
  storage: CheckedStorage,
): Promise<ReadonlyMap<CommitId, StoredCommit>> {
  const found = new Map<CommitId, StoredCommit>();
  for (let after: string | undefined; ;) {
    const { items, next } = await storage.commits({}, { limit: 10_000, after });
    for (const item of items) found.set(item.id, item);
    if (next === undefined) return found;
    after = next;
  }
}

async function compare(
  storage: CheckedStorage,
  { header, versions }: Commit,
  isStored: boolean,
): Promise<readonly [Finding["kind"], CommitId, string][]> {
  const { id } = header;
  const read = await storage.read(versions.map(({ record }) => record.ecsId));
  const there = read.filter((version) => version !== undefined);
  const expected = isStored ? versions.length : 0;
  if (there.length !== expected)
    return [["half", id, `has ${there.length} of its ${versions.length} versions (${isStored})`]];
  const isSame = there.every(
    ({ record, commitId }, i) => commitId === id && isSameRecord(record, versions[i]?.record),
  );
  return isSame ? [] : [["changed", id, "is not what was begun"]];
}

function isSameRecord(stored: EntityRecord, begun: EntityRecord | undefined): boolean {
  return begun !== undefined && recordText(stored) === recordText(begun);
}

/** Writers demand the head that they go on from: each lineage is one line, and its newest version the one head. */
async function forks(storage: CheckedStorage, ledger: Ledger): Promise<readonly Finding[]> {
  const lineages = new Set<LineageId>();
  for (const { versions } of ledger.begun.values())
    for (const { record } of versions) if (record.parentId !== null) lineages.add(record.lineageId);
  const findings: Finding[] = [];
  for (const lineageId of lineages) {
    const chain: VersionInfo[] = [];
    for (let after: string | undefined; ;) {
      const { items, next } = await storage.versions({ lineageId }, { limit: 10_000, after });
      chain.push(...items);
      if (next === undefined) break;
      after = next;
    }
    const parents = chain.map(({ parentId }) => parentId);
    const line = [null, ...chain.slice(0, -1).map(({ ecsId }) => ecsId)].slice(0, chain.length);
    const [heads] = await storage.heads([lineageId]);
    const newest = chain.slice(-1).map(({ ecsId }) => ecsId);
    if (!isDeepStrictEqual(parents, line) || !isDeepStrictEqual([...(heads ?? [])], newest))
      findings.push({
        kind: "fork",
        message: `lineage ${lineageId} is no single line (${chain.length} versions, ${heads?.length} heads)`,
      });
  }
  return findings;
}
