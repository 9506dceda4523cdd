/**
 * A text as bytes that sort as JavaScript compares strings, by UTF-16 code units. No database has that order for text:
 * UTF-8 puts an emoji after a private use character, a collation puts "a" before "B".
 */
export function sortKeyOf(text: string): Uint8Array {
  return Buffer.from(text, "utf16le").swap16();
}

/** The least key above all that begin with this one; `undefined` when there is none. */
export function endOfPrefix(key: Uint8Array): Uint8Array | undefined {
  let last = key.length - 1;
  while (key[last] === 0xff) last--;
  const byte = key[last];
  if (byte === undefined) return undefined;
  const end = Buffer.from(key.subarray(0, last + 1));
  end[last] = byte + 1;
  return end;
}
