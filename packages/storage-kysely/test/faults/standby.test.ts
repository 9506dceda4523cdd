import { Fixtures } from "@mi/conformance";
import { PostgresServer } from "@mi/postgres-server";
import { expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";

test("a standby is read, says where to write and to list, and goes on when it is promoted", async () => {
  const server = await PostgresServer.start();
  const make = new Fixtures(1);
  const storage = await PostgresStorage.open(server.url, { max: 1 });
  const version = make.version();
  await storage.commit(make.commit({ versions: [version] }));
  await server.break("immediate");
  await server.restartAsStandby();

  expect((await storage.read([version.ecsId]))[0]?.record.ecsId).toBe(version.ecsId);
  expect(await storage.heads([version.lineageId])).toEqual([[version.ecsId]]);
  expect(await storage.verify()).toEqual([]);
  const refused = {
    code: "MI_STORAGE_PERMISSION",
    retryable: false,
    message: expect.stringContaining("primary server"),
  };
  const next = make.commit({
    versions: [make.version({ parent: version })],
    mustBeHeads: [version],
  });
  const page = { limit: 10 };
  for (const call of [
    () => PostgresStorage.open(server.url),
    () => PostgresStorage.open(server.url, { schema: "other" }),
    () => storage.commit(next),
    () => storage.commit(make.commit({ versions: [make.version()] })),
    () => storage.clear(),
    // Commits that are still under way can't be seen here, so a page would gain items later.
    () => storage.versions({}, page),
    () => storage.commits({}, page),
    () => storage.db.transaction().execute(async (trx) => storage.within(trx).versions({}, page)),
  ])
    await expect(call()).rejects.toMatchObject(refused);

  await server.query("select pg_promote()");
  expect(await storage.commit(next)).toMatchObject({ status: "committed" });
  expect((await storage.versions({}, page)).items).toHaveLength(2);
  expect(await storage.verify()).toEqual([]);
  await storage.close();
  await server.stop();
});
