import Database from "better-sqlite3";
import type BetterSqlite3 from "better-sqlite3";
import { messageOf, type MessageFields } from "../subject/texts.ts";
import { orderedId } from "./ordered-id.ts";

export interface FloorMessage extends MessageFields {
  readonly id: string;
}

/** A version of the thread without its fields. */
export interface FloorVersion {
  readonly id: string;
  readonly parentId: string | null;
  readonly createdAt: string;
  readonly commitId: string;
  readonly sequence: number;
}

/**
 * The raw driver doing the least that keeps every version: one thread whose versions are the first `length` items of a
 * segment, its messages, and one commit row a turn, each with an id to find it by. No checks, no other shapes.
 */
export class SqliteFloor {
  readonly #database: BetterSqlite3.Database;
  readonly #addTurn: (turn: number) => void;
  #segment = 1;
  #turns = 0;
  #parent: string | null = null;

  constructor(path: string) {
    this.#database = new Database(path);
    this.#database.pragma("journal_mode = WAL");
    this.#database.pragma("synchronous = NORMAL");
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS commits (
        sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS messages (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL, data TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS thread_versions (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent_id TEXT, sequence INTEGER NOT NULL,
        segment INTEGER NOT NULL, length INTEGER NOT NULL, data TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS items (
        segment INTEGER NOT NULL, position INTEGER NOT NULL, message INTEGER NOT NULL,
        PRIMARY KEY (segment, position)
      ) WITHOUT ROWID;
    `);
    const commit = this.#database.prepare("INSERT INTO commits (id, created_at) VALUES (?, ?)");
    const message = this.#database.prepare(
      "INSERT INTO messages (id, sequence, data) VALUES (?, ?, ?)",
    );
    const item = this.#database.prepare("INSERT INTO items VALUES (?, ?, ?)");
    const version = this.#database.prepare(
      "INSERT INTO thread_versions (id, parent_id, sequence, segment, length, data) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const addTurn = this.#database.transaction((turn: number) => {
      const { lastInsertRowid: sequence } = commit.run(orderedId(), new Date().toISOString());
      for (const [index, role] of (["user", "assistant"] as const).entries()) {
        const data = JSON.stringify(messageOf(turn, role));
        const { lastInsertRowid: key } = message.run(orderedId(), sequence, data);
        item.run(this.#segment, 2 * turn + index, key);
      }
      const id = orderedId();
      const data = JSON.stringify({ name: "conversation" });
      version.run(id, this.#parent, sequence, this.#segment, 2 * turn + 2, data);
      this.#parent = id;
    });
    this.#addTurn = (turn) => addTurn.immediate(turn);
  }

  get turns(): number {
    return this.#turns;
  }

  /** From now on turns go to another thread. */
  startThread(): void {
    this.#segment++;
    this.#turns = 0;
    this.#parent = null;
  }

  addTurn(): void {
    this.#addTurn(this.#turns++);
  }

  growTo(turns: number): void {
    while (this.#turns < turns) this.addTurn();
  }

  /** The messages of the version that came last, in order. */
  readNewest(): FloorMessage[] {
    const newest = this.#database
      .prepare<[], { segment: number; length: number }>(
        "SELECT segment, length FROM thread_versions ORDER BY key DESC LIMIT 1",
      )
      .get();
    if (newest === undefined) return [];
    return this.#database
      .prepare<[number, number], [id: string, data: string]>(
        `SELECT m.id, m.data FROM items i JOIN messages m ON m.key = i.message
         WHERE i.segment = ? AND i.position < ? ORDER BY i.position`,
      )
      .raw()
      .all(newest.segment, newest.length)
      .map(([id, data]): FloorMessage => ({ id, ...(JSON.parse(data) as MessageFields) }));
  }

  /** The versions of all threads, in the order in which they came. */
  listVersions(): FloorVersion[] {
    return this.#database
      .prepare<[], FloorVersion>(
        `SELECT v.id, v.parent_id AS parentId, c.created_at AS createdAt, c.id AS commitId, v.sequence
         FROM thread_versions v JOIN commits c ON c.sequence = v.sequence ORDER BY v.key`,
      )
      .all();
  }

  close(): void {
    this.#database.close();
  }
}
