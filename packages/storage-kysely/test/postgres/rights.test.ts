import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Fixtures, runConformance } from "@mi/conformance";
import { entity, MiError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { emptySchema, testServer } from "@mi/postgres-server/jest";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import type { PostgresOptions } from "../../src/postgres/postgres-options.ts";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { FUNCTIONS, TABLES } from "../../src/postgres/schema-objects.ts";

const make = new Fixtures(1);
class Note extends entity("Note", { text: z.string() }) {}

const PASSWORD = "p@ss:w/rd?";
/** Has no right that isn't given to it here. */
let role: string;
let query: (text: string) => Promise<readonly Record<string, unknown>[]>;

beforeAll(async () => {
  const server = await testServer();
  ({ query } = server);
  role = await server.newUser(PASSWORD);
});

/** The statements of docs/operations.md. */
const documented = /## Rights on PostgreSQL.*?```sql\n(.*?)```/s.exec(
  readFileSync(join(import.meta.dirname, "..", "..", "..", "..", "docs", "operations.md"), "utf8"),
)?.[1];

async function grantDocumented(schema: string): Promise<void> {
  if (documented === undefined) throw new Error("docs/operations.md has no rights");
  const text = documented
    .replaceAll("schema public", `schema ${schema}`)
    .replaceAll("to app", `to "${role}"`);
  await query(`begin; set local search_path = ${schema}; ${text}; commit`);
}

function asRole(url: string): string {
  const result = new URL(url);
  result.username = encodeURIComponent(role);
  result.password = encodeURIComponent(PASSWORD);
  return result.href;
}

/** A schema with the tables, and the URL of the role. */
async function opened(): Promise<{ readonly url: string; readonly schema: string }> {
  const { url, schema } = await emptySchema();
  await (await PostgresStorage.open(url)).close();
  return { url: asRole(url), schema };
}

async function errorOf(url: string, options: PostgresOptions): Promise<MiError> {
  const error: unknown = await PostgresStorage.open(url, options).then(
    () => "open",
    (thrown: unknown) => thrown,
  );
  if (!MiError.is(error)) throw new Error(`expected a typed error, got ${String(error)}`);
  expect(error.code).toBe("MI_STORAGE_PERMISSION");
  expect(JSON.stringify(error) + error.message).not.toContain(PASSWORD);
  return error;
}

test("what the rights are asked of is all that the steps of the schema make", async () => {
  const { schema } = await opened();
  const names = async (text: string) => new Set((await query(text)).map(({ name }) => name));
  const inSchema = `'${schema}'::regnamespace`;
  expect(
    await names(
      `select relname as name from pg_class where relnamespace = ${inSchema} and relkind in ('r', 'v', 'm', 'p')`,
    ),
  ).toEqual(new Set(TABLES));
  expect(
    await names(
      `select proname as name from pg_proc where pronamespace = ${inSchema} and prorettype <> 'trigger'::regtype`,
    ),
  ).toEqual(new Set(FUNCTIONS));
});

describe("a user with the rights of docs/operations.md", () => {
  test("keeps the contract", async () => {
    const report = await runConformance(
      {
        name: "PostgreSQL with few rights",
        create: async () => {
          const { url, schema } = await opened();
          await grantDocumented(schema);
          return {
            facts: { durable: true, multiProcess: true, maxPayloadBytes: 2 ** 20 },
            open: () => PostgresStorage.open(url, { schema, max: 3 }),
            destroy: () => query(`drop schema ${schema} cascade`).then(() => undefined),
          };
        },
      },
      { only: ["commit", "refs", "lists", "conflict", "audit"] },
    );
    const failed = report.results.filter(({ status }) => status === "fail");
    expect(failed).toEqual([]);
    expect(report.totals.must.pass).toBeGreaterThan(30);
  });

  test("verifies, and does not clear: that takes the owner", async () => {
    const { url, schema } = await opened();
    await grantDocumented(schema);
    const storage = await PostgresStorage.open(url, { schema });
    await storage.commit(make.commit({ versions: [make.version()] }));
    expect(await storage.verify()).toEqual([]);
    await expect(storage.clear()).rejects.toMatchObject({ code: "MI_STORAGE_PERMISSION" });
    expect(await storage.stats()).toMatchObject({ commits: 1 });
    await storage.close();
  });
});

describe("what is lacking is named at open, and the statements of the message grant it:", () => {
  test.each([
    [
      "usage on sequences",
      "usage on all sequences in schema $",
      /grant usage on sequence .*mi_commits_sequence_seq/,
    ],
    [
      "select on a sequence",
      "select on sequence $.mi_commits_sequence_seq",
      /grant select on sequence \S+ to/,
    ],
    ["insert on a table", "insert on $.mi_types", /grant insert on table \S+mi_types to/],
    ["update on the heads", "update on $.mi_heads", /grant update on table \S+mi_heads to/],
    [
      "delete on the named refs",
      "delete on $.mi_named_refs",
      /grant delete on table \S+mi_named_refs to/,
    ],
    [
      "select on a table",
      "select on $.mi_segment_runs",
      /grant select on table \S+mi_segment_runs to/,
    ],
    ["usage of the schema", "usage on schema $", /grant usage on schema \S+ to/],
    [
      "all on all tables",
      "all on all tables in schema $",
      /grant select, insert on table .*; grant select, insert, update, delete on table/,
    ],
  ])("%s", async (_what, revoked, grants) => {
    const { url, schema } = await opened();
    await grantDocumented(schema);
    await query(`revoke ${revoked.replaceAll("$", schema)} from "${role}"`);
    await expectGranted(url, schema, grants);
  });

  test("the right to execute functions, which everybody has unless it was taken", async () => {
    const { url, schema } = await opened();
    await grantDocumented(schema);
    await query(`revoke execute on all functions in schema ${schema} from public`);
    await expectGranted(url, schema, /grant execute on function .*mi_commit, .*mi_settled to "/);
  });

  test("for a user who may only read", async () => {
    const { url, schema } = await opened();
    await query(`grant usage on schema ${schema} to "${role}"`);
    await query(`grant select on all tables in schema ${schema} to "${role}"`);
    await expectGranted(
      url,
      schema,
      /grant insert on table .*; grant insert, update, delete on table/,
    );
  });

  test("for a user who has no right at all", async () => {
    const { url, schema } = await opened();
    await expectGranted(url, schema, /grant usage on schema/);
  });

  async function expectGranted(url: string, schema: string, grants: RegExp): Promise<void> {
    const error = await errorOf(url, { schema });
    expect(error.message).toMatch(grants);
    expect(error.message).toContain(`the user "${role}"`);
    for (const grant of error.details["grants"] as readonly string[]) await query(grant);
    const storage: EntityStorage = await PostgresStorage.open(url, { schema });
    await storage.commit(make.commit({ versions: [make.version()] }));
    expect((await storage.versions({}, { limit: 10 })).items).toHaveLength(1);
    await storage.close();
  }
});

describe("who may not make tables is told what it takes:", () => {
  test("in an empty schema, the right to create there", async () => {
    const { url, schema } = await emptySchema();
    const error = await errorOf(asRole(url), { schema });
    const grant = `grant usage, create on schema ${schema} to "${role}"`;
    expect(error.message).toContain(grant);
    await query(grant);
    const storage = await PostgresStorage.open(asRole(url), { schema });
    expect(await storage.stats()).toMatchObject({ commits: 0 });
    await storage.close();
  });

  test("where the schema isn't there, the right to create in the database", async () => {
    const { url, schema } = await emptySchema();
    const error = await errorOf(asRole(url), { schema: `${schema}_new` });
    expect(error.message).toMatch(/grant create on database \S+ to "/);
  });

  test("for views that aren't there, a user who may; those that are there can be read", async () => {
    const { url, schema } = await opened();
    await grantDocumented(schema);
    const views = { notes: Note };
    expect((await errorOf(url, { schema, views })).message).toContain(
      "open it once with the same views",
    );
    const owner = await PostgresStorage.open((await testServer()).url, { schema, views });
    await owner.close();
    expect((await errorOf(url, { schema, views })).message).toContain("select on mi_views");
    await query(`grant select on all tables in schema ${schema} to "${role}"`);
    const storage = await PostgresStorage.open(url, { schema, views });
    expect(await storage.db.selectFrom("notes").selectAll().execute()).toEqual([]);
    await storage.close();
  });
});

test("a function of ours that somebody dropped is damage, told at open", async () => {
  const { url, schema } = await emptySchema();
  await (await PostgresStorage.open(url)).close();
  await query(`drop function ${schema}.mi_list_commits`);
  await expect(PostgresStorage.open(url)).rejects.toMatchObject({
    code: "MI_STORAGE_CORRUPT",
    message: expect.stringContaining("function mi_list_commits"),
  });
});

test("a user whose sessions only read is told so", async () => {
  const { url, schema } = await opened();
  await grantDocumented(schema);
  const reading = new URL(url);
  reading.searchParams.set("options", "-c default_transaction_read_only=on");
  const error = await errorOf(reading.href, { schema });
  expect(error.message).toContain("default_transaction_read_only");
});
