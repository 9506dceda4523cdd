import type pg from "pg";

/** Those that the driver sends by names of their own. */
const TIMEOUTS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];

/** In `-c name=value` or `--name=value`, with spaces in it after a backslash. */
const SETTING = /(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\\\s])*)/g;

/** The settings that connections of a pool ask the server for when they begin, as text. */
export function askedSettings(config: pg.PoolConfig): ReadonlyMap<string, string> {
  const { connectionString } = config;
  // What the URL says counts for more.
  const inUrl =
    connectionString !== undefined && URL.canParse(connectionString)
      ? new URL(connectionString).searchParams
      : new URLSearchParams();
  const options = inUrl.get("options") ?? config.options ?? process.env["PGOPTIONS"] ?? "";
  const asked = new Map<string, string>();
  for (const [, name = "", value = ""] of options.matchAll(SETTING))
    asked.set(name.toLowerCase().replaceAll("-", "_"), value.replace(/\\(.)/g, "$1"));
  const given = new Map<string, unknown>(Object.entries(config));
  for (const name of TIMEOUTS) {
    const value = inUrl.get(name) ?? given.get(name);
    if (typeof value === "string" || typeof value === "number") asked.set(name, `${value}`);
  }
  return asked;
}
