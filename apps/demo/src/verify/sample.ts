/** At most so many of the items, evenly spread, the first and the last among them. */
export function sample<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => Math.round(index * step)).flatMap((at) =>
    items.slice(at, at + 1),
  );
}
