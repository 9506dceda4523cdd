import Database from "better-sqlite3";

/** Bytes that a SQLite database fills, what still stands in its log included. */
export function databaseBytes(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  } finally {
    database.close();
  }
}
