/** The first place in ascending `items` whose item is not before what is looked for. */
export function lowerBound<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts an item into ascending `items`, once. */
export function insertSorted<T>(items: T[], item: T, isBefore: (a: T, b: T) => boolean): void {
  const place = lowerBound(items, (other) => isBefore(other, item));
  if (items[place] !== item) items.splice(place, 0, item);
}
