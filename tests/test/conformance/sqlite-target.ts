import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceTarget } from "@mi/conformance";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";

export const sqliteTarget: ConformanceTarget = {
  name: "SQLite",
  async create() {
    const folder = mkdtempSync(join(tmpdir(), "mi-sqlite-"));
    return {
      facts: { durable: true, multiProcess: true, maxPayloadBytes: 500_000_000 },
      open: () => SqliteStorage.open(join(folder, "data.sqlite"), { durability: "normal" }),
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  },
};
