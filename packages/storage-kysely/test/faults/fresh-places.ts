import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { Place } from "./place.ts";
import { named, sessionsEnd } from "./sessions.ts";

/** An empty database for a trial. */
export interface FreshPlace {
  readonly place: Place;
  /** Waits until it is free of writers that died. */
  whenDead(): Promise<void>;
  remove(): Promise<void>;
}

export function freshFile(folder: string): FreshPlace {
  const at = join(folder, `${randomBytes(6).toString("hex")}.sqlite`);
  return {
    place: { engine: "sqlite", at },
    whenDead: async () => undefined,
    remove: async () => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(at + suffix, { force: true });
    },
  };
}

/** A schema of its own, whose sessions bear its name and see no other. */
export async function freshSchema(url: string): Promise<FreshPlace> {
  const schema = `faults_${randomBytes(6).toString("hex")}`;
  await run(url, `create schema ${schema}`);
  const at = new URL(named(url, schema));
  at.searchParams.set("options", `-c search_path=${schema}`);
  return {
    place: { engine: "postgres", at: at.href },
    whenDead: () => sessionsEnd(url, schema),
    remove: () => run(url, `drop schema ${schema} cascade`),
  };
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(text);
  await client.end();
}
