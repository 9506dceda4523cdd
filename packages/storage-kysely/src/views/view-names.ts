import type { ViewDefinition } from "./view-definition.ts";

/** What is added to the name of a view of all versions, for that of heads and that of members of lists. */
export const HEAD = "_head";
export const LIST = "_list";

/** The views that belong to one name. */
export function viewNames(name: string, { columns }: ViewDefinition): readonly string[] {
  const hasLists = columns.some(({ kind }) => kind === "list");
  return [name, name + HEAD, ...(hasLists ? [name + LIST] : [])];
}
