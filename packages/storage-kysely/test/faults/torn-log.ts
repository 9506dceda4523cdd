import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { isDeepStrictEqual } from "node:util";
import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import type { Random } from "@mi/conformance";
import type { Commit } from "@mi/ecs";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import { recordText } from "./commit-text.ts";

/** Commits, and copies of database and log as they were after each, as a loss of power leaves them. */
export interface LoggedCommits {
  readonly commits: readonly Commit[];
  readonly paths: readonly string[];
}

/** Makes commits none of which leaves the log. `path` answers a new one for each file. */
export async function loggedCommits(
  seed: number,
  count: number,
  path: () => string,
): Promise<LoggedCommits> {
  const make = new Fixtures(seed);
  const database = new Database(path());
  const storage = await SqliteStorage.open(database);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.pragma("wal_autocheckpoint = 0");
  const members = Array.from({ length: 3 }, () => make.version());
  let thread = make.version({ type: "Thread", lists: [members] });
  const commits = [make.commit({ versions: [...members, thread] })];
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    for (const commit of commits.slice(-1)) await storage.commit(commit);
    const copy = path();
    copyWithLog(database.name, copy);
    paths.push(copy);
    const message = make.version({ data: JSON.stringify({ text: "x".repeat(i * 50) }) });
    const at = i % 3 === 0 ? 1 : (thread.lists[0]?.length ?? 0);
    const write = make.edited(thread, [[{ at, remove: 0, insert: [message.ecsId] }]]);
    commits.push(make.commit({ versions: [message, write], mustBeHeads: [thread] }));
    thread = write.record;
  }
  database.close();
  return { commits, paths };
}

/** What a damaged copy holds: the first `kept` commits, whole, and what is wrong. */
export interface Recovered {
  readonly kept: number;
  readonly findings: readonly string[];
}

/** Opens a copy, compares it with the first commits, and goes on from there. */
export async function recover(path: string, commits: readonly Commit[]): Promise<Recovered> {
  const storage = await SqliteStorage.open(path);
  const findings = (await storage.verify()).map(({ message }) => message);
  const { items } = await storage.commits({}, { limit: commits.length + 1 });
  const kept = commits.slice(0, items.length);
  const expect = (what: string, found: unknown, expected: unknown): void => {
    if (!isDeepStrictEqual(found, expected)) findings.push(`${what} is not that of ${kept.length}`);
  };
  expect(
    "the order of commits",
    // Under jest the driver makes its arrays in another realm.
    Array.from(items, ({ id }) => id),
    kept.map(({ header }) => header.id),
  );
  const records = kept.flatMap(({ versions }) => versions.map(({ record }) => record));
  const read = await storage.read(records.map(({ ecsId }) => ecsId));
  expect(
    "the content of versions",
    read.map((stored) => stored && recordText(stored.record)),
    records.map(recordText),
  );
  expect("the number of versions", (await storage.stats()).versions, records.length);
  for (const next of commits.slice(kept.length, kept.length + 1))
    expect("the answer to the next commit", (await storage.commit(next)).status, "committed");
  await storage.close();
  return { kept: kept.length, findings };
}

/** Copies a database whose log is cut or garbled somewhere, opens the copy, and removes it. */
export async function tearLog(
  { commits, paths }: LoggedCommits,
  random: Random,
  path: string,
): Promise<Recovered> {
  copyWithLog(paths.at(-1) ?? "", path);
  const log = `${path}-wal`;
  const at = random.below(readFileSync(log).length);
  if (random.chance(0.5)) truncateSync(log, at);
  else garble(log, at, 1 + random.below(64));
  const recovered = await recover(path, commits);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  return recovered;
}

function copyWithLog(from: string, to: string): void {
  for (const suffix of ["", "-wal"]) copyFileSync(from + suffix, to + suffix);
}

/** Puts other bytes than those that were there. */
function garble(path: string, at: number, count: number): void {
  const there = readFileSync(path).subarray(at, at + count);
  const file = openSync(path, "r+");
  writeSync(
    file,
    there.map((byte) => byte ^ 0xa5),
    0,
    there.length,
    at,
  );
  closeSync(file);
}
