import Database from "better-sqlite3";
import type BetterSqlite3 from "better-sqlite3";
import { messageOf } from "../subject/texts.ts";
import { orderedId } from "./ordered-id.ts";

/** As the plain floor, but each version of the thread stores the ids of all its messages: what sharing saves. */
export class WholeListFloor {
  readonly #database: BetterSqlite3.Database;
  readonly #insertMessage: BetterSqlite3.Statement<[id: string, data: string]>;
  readonly #insertVersion: BetterSqlite3.Statement<[id: string, data: string]>;
  readonly #members: string[] = [];
  #turns = 0;

  constructor(path: string) {
    this.#database = new Database(path);
    this.#database.pragma("journal_mode = WAL");
    this.#database.pragma("synchronous = NORMAL");
    this.#database.exec(`
      CREATE TABLE messages (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL);
      CREATE TABLE thread_versions (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL);
    `);
    this.#insertMessage = this.#database.prepare("INSERT INTO messages (id, data) VALUES (?, ?)");
    this.#insertVersion = this.#database.prepare(
      "INSERT INTO thread_versions (id, data) VALUES (?, ?)",
    );
  }

  /** Messages up to a number of turns, without a version of the thread for each. */
  prepare(turns: number): void {
    this.#database.transaction(() => {
      while (this.#turns < turns) this.#addMessages();
    })();
  }

  addTurn(): void {
    this.#database
      .transaction(() => {
        this.#addMessages();
        const data = JSON.stringify({ name: "conversation", messages: this.#members });
        this.#insertVersion.run(orderedId(), data);
      })
      .immediate();
  }

  #addMessages(): void {
    const turn = this.#turns++;
    for (const role of ["user", "assistant"] as const) {
      const id = orderedId();
      this.#insertMessage.run(id, JSON.stringify(messageOf(turn, role)));
      this.#members.push(id);
    }
  }

  close(): void {
    this.#database.close();
  }
}
