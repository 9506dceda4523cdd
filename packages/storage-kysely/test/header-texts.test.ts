import { Fixtures, hostileText } from "@mi/conformance";
import type { CommitInit } from "@mi/conformance";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";

let storage: SqliteStorage;
let make: Fixtures;

beforeEach(async () => {
  storage = await SqliteStorage.open(":memory:");
  make = new Fixtures(1);
});

test.each(["\0", "a\0b", "a\0", "\0a", ...hostileText])(
  "%j is stored and found as it is in every text of a commit",
  async (text) => {
    const version = make.version({ type: text });
    const header = { operation: text, actor: text, reason: text, correlationId: text };
    const refMoves = [{ name: text, to: version.ecsId }];
    await storage.commit(make.commit({ versions: [version], header, refMoves }));
    const page = { limit: 2 };
    const longer = `${text}\0`;
    for (const [query, other] of [
      [{ operation: text }, { operation: longer }],
      [{ actor: text }, { actor: longer }],
      [{ correlationId: text }, { correlationId: longer }],
    ]) {
      expect((await storage.commits(query ?? {}, page)).items).toMatchObject([header]);
      expect((await storage.commits(other ?? {}, page)).items).toEqual([]);
    }
    expect((await storage.versions({ types: [text] }, page)).items).toMatchObject([{ type: text }]);
    expect((await storage.versions({ types: [longer] }, page)).items).toEqual([]);
    const named = [{ name: text, to: version.ecsId }];
    expect((await storage.refs({ names: [text] }, page)).items).toEqual(named);
    expect((await storage.refs({ prefix: text }, page)).items).toEqual(named);
    expect((await storage.refs({ names: [longer] }, page)).items).toEqual([]);
    const [stored] = await storage.read([version.ecsId]);
    expect(stored?.record).toMatchObject({ type: text });
  },
);

describe("a lone surrogate is refused before anything is written", () => {
  test.each<[string, (text: string) => CommitInit]>([
    ["operation", (text) => ({ header: { operation: text } })],
    ["actor", (text) => ({ header: { actor: text } })],
    ["reason", (text) => ({ header: { reason: text } })],
    ["correlationId", (text) => ({ header: { correlationId: text } })],
    ["metadata", (text) => ({ header: { metadata: `{"a":"${text}"}` } })],
    ["type", (text) => ({ versions: [make.version({ type: text })] })],
    ["data", (text) => ({ versions: [make.version({ data: `{"a":"${text}"}` })] })],
    ["ref", (text) => ({ refMoves: [{ name: text, to: null }] })],
  ])("in %s", async (_where, init) => {
    for (const text of ["\ud800", "a\udc00b", "\udc00\ud800"]) {
      await expect(storage.commit(make.commit(init(text)))).rejects.toMatchObject({
        code: "MI_STORAGE_USAGE",
        retryable: false,
      });
    }
    expect(await storage.stats()).toEqual({ versions: 0, lineages: 0, commits: 0 });
  });
});

test("a schema version that is no whole number is refused before anything is written", async () => {
  for (const schemaVersion of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const commit = make.commit({ versions: [make.version({ schemaVersion })] });
    await expect(storage.commit(commit)).rejects.toMatchObject({ code: "MI_STORAGE_USAGE" });
  }
  expect(await storage.stats()).toMatchObject({ commits: 0 });
});
