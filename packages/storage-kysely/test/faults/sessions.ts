import pg from "pg";

/** The URL with a name by which the server knows the sessions that come with it. */
export function named(url: string, name: string): string {
  const result = new URL(url);
  result.searchParams.set("application_name", name);
  return result.href;
}

/** How many sessions of that name the server has. */
export async function sessionsOf(url: string, name: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await count(client, name);
  } finally {
    await client.end();
  }
}

/** Waits until the server has ended every session of that name: what a dead client sent goes on until it is done. */
export async function sessionsEnd(url: string, name: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  while ((await count(client, name)) > 0);
  await client.end();
}

async function count(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ sessions: number }>(
    "select count(*)::int as sessions from pg_stat_activity where application_name = $1",
    [name],
  );
  return rows[0]?.sessions ?? 0;
}
