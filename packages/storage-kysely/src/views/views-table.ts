/** One row for each name that views were made under; only where a process has asked for views. */
export interface ViewsTable {
  name: string;
  /** The stored name of the type that the view shows. */
  type_name: string;
  /** What the view shows, as JSON: see `ViewDefinition`. */
  definition: string;
}
