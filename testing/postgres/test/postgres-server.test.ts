import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { PostgresServer, SharedServer } from "@mi/postgres-server";

let server: PostgresServer;

beforeAll(async () => {
  server = await PostgresServer.start();
});

afterAll(() => server.stop());

test.each(["immediate", "killed"] as const)(
  "a server that was %s starts again with what it had",
  async (how) => {
    await server.query(`create table ${how}_before (text text)`);
    await server.query(`insert into ${how}_before values ('there')`);
    await server.break(how);
    await expect(server.query("select 1")).rejects.toThrow("ECONNREFUSED");
    await server.restart();
    expect(await server.query(`select text from ${how}_before`)).toEqual([{ text: "there" }]);
  },
);

test("of a server that is given, what was made on it is gone afterwards, and nothing else", async () => {
  await server.query("create schema of_somebody_else");
  const count = async () =>
    server.query(
      "select (select count(*)::int from pg_namespace) as schemas, (select count(*)::int from pg_database) as databases, (select count(*)::int from pg_roles) as users",
    );
  const before = await count();
  const shared = await SharedServer.open({ given: server.url });
  const { url, schema } = await shared.emptySchema({ synchronous_commit: "off" });
  const database = await shared.emptyDatabase();
  await shared.query(`grant usage on schema ${schema} to "${await shared.newUser("secret")}"`);
  expect(new URL(url).searchParams.get("options")).toBe(
    `-c search_path=${schema} -c synchronous_commit=off`,
  );
  expect(new URL(database).pathname).toMatch(/^\/mi_test_/);
  expect(await count()).not.toEqual(before);
  await shared.close();
  expect(await count()).toEqual(before);
  expect(await server.query("select 1 as works")).toEqual([{ works: 1 }]);
});
