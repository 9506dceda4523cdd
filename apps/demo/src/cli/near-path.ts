import { relative } from "node:path";

/** A path as a reader would type it: from the current folder where it is below that, else as it is. */
export function nearPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}
