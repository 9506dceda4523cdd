import { statSync } from "node:fs";
import Database from "better-sqlite3";

/**
 * What a file is before it is opened as a storage, which would make it one. Nothing is written.
 * - `absent`: there is none, or it is no ordinary file; opening it says what is wrong.
 * - `empty`: it holds no table, and may hold no byte.
 * - `storage`: it has the tables of a storage.
 * - `foreign`: it is something else.
 */
export type FileKind = "absent" | "empty" | "storage" | "foreign";

export function fileKind(path: string): FileKind {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return "absent";
  if (stats.size === 0) return "empty";
  const tables = tableNames(path);
  if (tables === "unreadable") return "absent";
  if (tables === "no database") return "foreign";
  if (tables.length === 0) return "empty";
  return tables.includes("mi_migrations") ? "storage" : "foreign";
}

function tableNames(path: string): readonly unknown[] | "no database" | "unreadable" {
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true });
    try {
      return database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    } finally {
      database.close();
    }
  } catch (error) {
    const { code } = Object(error);
    if (typeof code !== "string" || !code.startsWith("SQLITE_")) throw error;
    return code === "SQLITE_NOTADB" ? "no database" : "unreadable";
  }
}
