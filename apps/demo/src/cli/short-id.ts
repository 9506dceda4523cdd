/** The end of an id, which tells ids apart: UUIDs of version 7 made in one minute begin alike. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
