/** Something in a database that contradicts the rest of it. */
export interface Problem {
  /**
   * - `file`: SQLite finds the file damaged.
   * - `row`: a row names another one that is missing.
   * - `content`: a version is not what was stored.
   * - `commit`: a commit has not the versions that it was stored with.
   * - `head`: a head is missing, or is none.
   * - `list`: a list of references has not the members that it should have.
   */
  readonly kind: "file" | "row" | "content" | "commit" | "head" | "list";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}
